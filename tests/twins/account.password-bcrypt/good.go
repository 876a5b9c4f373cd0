package users

import (
	"crypto/sha256"

	"golang.org/x/crypto/bcrypt"
)

func Checksum(body []byte) [32]byte {
	return sha256.Sum256(body)
}

func Digest(password []byte) ([]byte, error) {
	return bcrypt.GenerateFromPassword(password, bcrypt.DefaultCost)
}
