package web

import (
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/jwtauth/v5"
)

func Router(keys *jwtauth.JWTAuth) *chi.Mux {
	mux := chi.NewRouter()
	mux.Use(jwtauth.Verifier(keys))
	mux.Use(jwtauth.Authenticator(keys))
	mux.Get("/stock", listStock)
	return mux
}
