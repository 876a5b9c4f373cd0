Rails.application.config.secret_key_base = "0a7b2c3d4e5f60918273a4b5c6d7e8f90a7b2c3d" # BAD
Mail.defaults { delivery_method :smtp, user_name: "post", password: "Zx81kqLm!7" } # BAD
TOKEN = ENV.fetch("HOOK_TOKEN", "b7e2c1d09f8a4b3c8d7e6f5a") # BAD
