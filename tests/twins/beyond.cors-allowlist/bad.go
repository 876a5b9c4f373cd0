package web

import (
	"net/http"

	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"
)

func Engine() *gin.Engine {
	engine := gin.New()
	settings := cors.Config{AllowCredentials: true, AllowOriginFunc: func(from string) bool { return true }} // BAD
	engine.Use(cors.New(settings))
	return engine
}

func open(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin")) // BAD
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		next.ServeHTTP(w, r)
	})
}
