package web

import "net/http"

func Out(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, r.URL.Query().Get("url"), http.StatusFound) // BAD
}
