package main

import "github.com/gin-gonic/gin"

func main() {
	r := gin.Default()
	closed := r.Group("/api", RequireUser())
	closed.GET("/orders", orders)
	closed.GET("/orders/:id", order)
	closed.POST("/orders", place)
	r.DELETE("/orders/:id", remove) // BAD
	r.Run()
}

func remove(c *gin.Context) { drop(c.Param("id")) }
