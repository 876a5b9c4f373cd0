package auth

import (
	"net/http"

	"golang.org/x/oauth2"
)

func begin(settings *oauth2.Config) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, settings.AuthCodeURL("state"), http.StatusFound) // BAD
	}
}
