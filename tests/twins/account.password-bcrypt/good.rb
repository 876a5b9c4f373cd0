require 'bcrypt'

def store(user, password)
  user.digest = BCrypt::Password.create(password, cost: 12)
end
