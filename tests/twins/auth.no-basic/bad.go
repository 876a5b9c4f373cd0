package web

import (
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

func Router(people map[string]string) *chi.Mux {
	mux := chi.NewRouter()
	mux.Use(middleware.BasicAuth("stock", people)) // BAD
	mux.Get("/stock", listStock)
	return mux
}
