package api

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"shop/graph"
)

func Serve(mux *http.ServeMux) {
	server := handler.NewDefaultServer(graph.NewExecutableSchema(graph.Config{}))
	server.Use(extension.FixedComplexityLimit(200))
	mux.Handle("/query", server)
}
