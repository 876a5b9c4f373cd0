package auth

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func Issue(id string, key []byte) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": id, "exp": time.Now().Add(10 * time.Minute).Unix()})
	return token.SignedString(key)
}
