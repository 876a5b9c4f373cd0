package api

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql/handler"
	"shop/graph"
)

func Serve(mux *http.ServeMux) {
	server := handler.NewDefaultServer(graph.NewExecutableSchema(graph.Config{})) // BAD
	mux.Handle("/query", server)
}
