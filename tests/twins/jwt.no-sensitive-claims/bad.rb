require "jwt"

class Issuer
  def issue(member, key)
    claims = { sub: member.id, password_digest: member.password_digest, exp: Time.now.to_i + 600 }
    JWT.encode(claims, key, "HS256") # BAD
  end
end
