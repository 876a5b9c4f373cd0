package main

import (
	"fmt"
	"net/http"
	"net/url"
)

func card(w http.ResponseWriter, r *http.Request) {
	site, err := url.Parse(r.URL.Query().Get("site"))
	if err != nil || site.Scheme != "https" {
		return
	}
	fmt.Fprintf(w, "<a href=\"%s\">home page</a>", site)
}
