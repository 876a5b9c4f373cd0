package clinic

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
)

func seal(key []byte, text []byte) []byte {
	block, _ := aes.NewCipher(key)
	sealing, _ := cipher.NewGCM(block)
	start := make([]byte, sealing.NonceSize())
	rand.Read(start)
	return sealing.Seal(start, start, text, nil)
}
