package main

import "github.com/gin-gonic/gin"

func main() {
	gin.SetMode(gin.DebugMode) // BAD
	gin.Default().Run()
}
