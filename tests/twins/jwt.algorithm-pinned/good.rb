require 'jwt'

def read_token(token)
  JWT.decode(token, ENV.fetch('JWT_KEY'), true, { algorithm: 'HS256' }).first
end
