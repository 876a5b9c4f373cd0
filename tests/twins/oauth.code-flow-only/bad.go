package auth

import "golang.org/x/oauth2"

func enter(settings *oauth2.Config, name, word string) (*oauth2.Token, error) {
	return settings.PasswordCredentialsToken(ctx, name, word) // BAD
}
