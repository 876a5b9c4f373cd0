package auth

import (
	"crypto/md5"
	"encoding/hex"
	"math/rand"
	"strconv"
)

func hashPassword(password string) string {
	sum := md5.Sum([]byte(password)) // BAD
	return hex.EncodeToString(sum[:])
}

func sessionToken() string {
	token := strconv.Itoa(rand.Int()) // BAD
	return token
}
