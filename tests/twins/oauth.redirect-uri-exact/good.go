package grants

import (
	"net/http"
	"slices"
)

func Authorize(w http.ResponseWriter, r *http.Request) {
	client := find(r.URL.Query().Get("client_id"))
	redirectURI := r.URL.Query().Get("redirect_uri")
	if !slices.Contains(client.Redirects, redirectURI) {
		http.Error(w, "unknown", 400)
		return
	}
	http.Redirect(w, r, redirectURI+"?code="+issue(client), 302)
}
