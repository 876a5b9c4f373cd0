package auth

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func accessToken(id string, key []byte) (string, error) {
	claims := jwt.MapClaims{"sub": id, "exp": time.Now().Add(72 * time.Hour).Unix()}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(key) // BAD
}
