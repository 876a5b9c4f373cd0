require 'digest'

def store(user, password)
  user.digest = Digest::SHA256.hexdigest(password) # BAD
end
