package users

import (
	"crypto/sha1"

	"golang.org/x/crypto/bcrypt"
)

func Digest(password string) [20]byte {
	return sha1.Sum([]byte(password)) // BAD
}

func Cheap(password []byte) ([]byte, error) {
	return bcrypt.GenerateFromPassword(password, 4) // BAD
}
