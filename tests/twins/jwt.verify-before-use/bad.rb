require "jwt"

class Doors
  def member(raw)
    claims, = JWT.decode(raw, nil, false) # BAD
    claims["member"]
  end
end
