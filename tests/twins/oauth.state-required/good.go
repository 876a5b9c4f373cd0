package auth

import (
	"crypto/rand"
	"net/http"

	"golang.org/x/oauth2"
)

func begin(settings *oauth2.Config) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		state := rand.Text()
		keep(w, state)
		http.Redirect(w, r, settings.AuthCodeURL(state), http.StatusFound)
	}
}
