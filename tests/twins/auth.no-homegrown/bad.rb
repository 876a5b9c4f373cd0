require "digest"
require "openssl"

class Credentials
  def self.digest_password(password, salt)
    Digest::SHA1.hexdigest(salt + password) # BAD
  end

  def self.seal_token(token, key)
    cipher = OpenSSL::Cipher.new("aes-256-ecb") # BAD
    cipher.encrypt
    cipher.key = key
    cipher.update(token) + cipher.final
  end
end
