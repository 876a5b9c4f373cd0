require "jwt"

class Doors
  def member(raw)
    claims, = JWT.decode(raw, ENV.fetch("JWT_KEY"), true, algorithm: "HS256")
    claims["member"]
  end
end
