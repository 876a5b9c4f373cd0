require "jwt"

class Issuer
  SIGNING_KEY = "warehouse-nine-blue-door".freeze # BAD

  def issue(member)
    JWT.encode({ sub: member.id, exp: Time.now.to_i + 600 }, SIGNING_KEY, "HS256")
  end
end
