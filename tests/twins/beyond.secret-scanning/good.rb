Rails.application.config.secret_key_base = ENV["SECRET_KEY_BASE"]
Mail.defaults { delivery_method :smtp, user_name: "post", password: Rails.application.credentials.smtp[:password] }
validates :password, length: { minimum: 12 }, format: { with: /\A(?=.*\d).+\z/ }
