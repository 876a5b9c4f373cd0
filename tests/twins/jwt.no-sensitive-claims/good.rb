require "jwt"

class Issuer
  def issue(member, key)
    claims = { sub: member.id, role: member.role, exp: Time.now.to_i + 600 }
    JWT.encode(claims, key, "HS256")
  end
end
