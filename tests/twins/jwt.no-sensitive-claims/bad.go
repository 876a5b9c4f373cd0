package auth

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func Issue(id string, password string, key []byte) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": id, "password": password, "exp": time.Now().Add(10 * time.Minute).Unix()}) // BAD
	return token.SignedString(key)
}
