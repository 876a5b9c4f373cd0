require "jwt"

class Issuer
  def access_token(member)
    JWT.encode({ sub: member.id }, ENV.fetch("JWT_KEY"), "HS256") # BAD
  end
end
