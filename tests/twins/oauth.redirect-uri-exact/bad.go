package grants

import (
	"net/http"
	"strings"
)

func Authorize(w http.ResponseWriter, r *http.Request) {
	client := find(r.URL.Query().Get("client_id"))
	redirectURI := r.URL.Query().Get("redirect_uri")
	if !strings.HasPrefix(redirectURI, client.Base) { // BAD
		http.Error(w, "unknown", 400)
		return
	}
	http.Redirect(w, r, redirectURI+"?code="+issue(client), 302)
}
