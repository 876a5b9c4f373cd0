def seal(text, key)
  first = OpenSSL::Cipher.new("aes-256-ecb") # BAD
  second = OpenSSL::Cipher.new("DES-EDE3-CBC") # BAD
  third = OpenSSL::Cipher::AES.new(256, :ECB) # BAD
  [first, second, third].map { |each| each.encrypt.update(text) }
end
