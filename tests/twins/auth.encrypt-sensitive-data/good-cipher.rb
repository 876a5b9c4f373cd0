def seal(text, key)
  cipher = OpenSSL::Cipher.new("aes-256-gcm").encrypt
  cipher.key = key
  start = cipher.random_iv
  [start, cipher.update(text) + cipher.final, cipher.auth_tag]
end
