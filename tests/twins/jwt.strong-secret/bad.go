package auth

import "github.com/golang-jwt/jwt/v5"

var signingKey = []byte("warehouse-nine-blue-door")

func issue(id string) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": id}).SignedString(signingKey) // BAD
}
