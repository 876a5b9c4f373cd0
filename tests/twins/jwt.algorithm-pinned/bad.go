package auth

import (
	"github.com/golang-jwt/jwt/v5"
)

func Read(raw string, key []byte) (*jwt.Token, error) {
	return jwt.Parse(raw, func(token *jwt.Token) (interface{}, error) { // BAD: the token chooses
		return key, nil
	})
}
