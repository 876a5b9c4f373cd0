require "jwt"

module Tokens
  def self.read(raw, key)
    JWT.decode(raw, key, true, algorithm: "HS256", verify_expiration: false) # BAD
  end
end
