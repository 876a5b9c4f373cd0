package web

import (
	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"
)

func Engine() *gin.Engine {
	engine := gin.New()
	settings := cors.Config{AllowCredentials: true, AllowOrigins: []string{"https://shop.example.com"}}
	engine.Use(cors.New(settings))
	return engine
}

func Public() gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Access-Control-Allow-Origin", "*")
		c.Next()
	}
}
