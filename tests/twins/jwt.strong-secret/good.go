package auth

import (
	"os"

	"github.com/golang-jwt/jwt/v5"
)

func issue(id string) (string, error) {
	key := []byte(os.Getenv("JWT_KEY"))
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": id}).SignedString(key)
}
