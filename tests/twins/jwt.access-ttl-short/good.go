package auth

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func accessToken(id string, key []byte) (string, error) {
	claims := jwt.MapClaims{"sub": id, "exp": time.Now().Add(10 * time.Minute).Unix()}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(key)
}
