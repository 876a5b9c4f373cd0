require "bcrypt"
require "digest"
require "openssl"

class Credentials
  def self.digest_password(password)
    BCrypt::Password.create(password, cost: 12)
  end

  def self.seal_token(token, key)
    cipher = OpenSSL::Cipher.new("aes-256-gcm")
    cipher.encrypt
    cipher.key = key
    cipher.update(token) + cipher.final
  end

  def self.etag(page)
    Digest::SHA1.hexdigest(page)
  end
end
