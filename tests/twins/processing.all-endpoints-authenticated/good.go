package main

import "github.com/gin-gonic/gin"

func main() {
	r := gin.Default()
	r.POST("/login", login)
	closed := r.Group("/api", RequireUser())
	closed.GET("/orders", orders)
	closed.GET("/orders/:id", order)
	closed.POST("/orders", place)
	closed.DELETE("/orders/:id", remove)
	r.Run()
}

func remove(c *gin.Context) { drop(c.Param("id")) }
