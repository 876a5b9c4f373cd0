package auth

import "github.com/golang-jwt/jwt/v5"

func read(raw string, key []byte) (*jwt.Token, error) {
	reader := jwt.NewParser(
		jwt.WithValidMethods([]string{"HS256"}),
		jwt.WithAudience("shop"),
		jwt.WithIssuer("https://id.example.com"),
		jwt.WithExpirationRequired(),
	)
	return reader.Parse(raw, func(*jwt.Token) (any, error) { return key, nil })
}
