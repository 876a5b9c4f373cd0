package web

import (
	"log/slog"
	"net/http"
)

func login(w http.ResponseWriter, r *http.Request) {
	password := r.FormValue("password")
	slog.Info("login", "mail", r.FormValue("mail"), "password_length", len(password))
	w.WriteHeader(http.StatusNoContent)
}
