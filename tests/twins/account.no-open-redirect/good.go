package web

import "net/http"

func Out(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/orders/"+r.URL.Query().Get("id"), http.StatusFound)
}
