require "jwt"

class Issuer
  def access_token(member)
    JWT.encode({ sub: member.id, exp: 10.minutes.from_now.to_i }, ENV.fetch("JWT_KEY"), "HS256")
  end
end
