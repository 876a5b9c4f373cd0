package clinic

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rc4"
)

func seal(key []byte, text []byte) {
	first, _ := des.NewTripleDESCipher(key) // BAD
	second, _ := rc4.NewCipher(key) // BAD
	block, _ := aes.NewCipher(key)
	third := cipher.NewCBCEncrypter(block, make([]byte, aes.BlockSize)) // BAD
	third.CryptBlocks(text, text)
	first.Encrypt(text, text)
	second.XORKeyStream(text, text)
}
