package main

import (
	"fmt"
	"html"
	"net/http"
)

func card(w http.ResponseWriter, r *http.Request) {
	site := r.URL.Query().Get("site")
	fmt.Fprintf(w, "<a href=\"%s\">home page</a>", site) // BAD
	fmt.Fprint(w, html.EscapeString("again"))
}
