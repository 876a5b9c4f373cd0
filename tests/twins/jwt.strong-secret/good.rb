require "jwt"

class Issuer
  def issue(member)
    JWT.encode({ sub: member.id, exp: Time.now.to_i + 600 }, Rails.application.credentials.jwt_key!, "HS256")
  end
end
