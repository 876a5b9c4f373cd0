package auth

import (
	"errors"

	"github.com/golang-jwt/jwt/v5"
)

func read(raw string, key []byte) (jwt.Claims, error) {
	reader := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithoutClaimsValidation()) // BAD
	token, err := reader.Parse(raw, func(*jwt.Token) (any, error) { return key, nil })
	if err != nil || !token.Valid {
		return nil, errors.New("no")
	}
	return token.Claims, nil
}
