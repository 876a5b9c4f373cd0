package auth

import "golang.org/x/oauth2"

func enter(settings *oauth2.Config, code, proof string) (*oauth2.Token, error) {
	return settings.Exchange(ctx, code, oauth2.VerifierOption(proof))
}
