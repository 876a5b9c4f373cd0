require 'jwt'

def read_token(token)
  JWT.decode(token, nil, false).first # BAD
end
