require "jwt"

module Tokens
  def self.read(raw, key)
    JWT.decode(raw, key, true, algorithm: "HS256", aud: "shop", verify_aud: true, iss: "id", verify_iss: true)
  end
end
