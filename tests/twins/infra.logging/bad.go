package web

import (
	"log/slog"
	"net/http"
)

func login(w http.ResponseWriter, r *http.Request) {
	password := r.FormValue("password")
	slog.Info("login", "mail", r.FormValue("mail"), "password", password) // BAD
	w.WriteHeader(http.StatusNoContent)
}
