package web

import "github.com/gin-gonic/gin"

const home = "https://shop.example.com"

func Engine() *gin.Engine {
	engine := gin.Default()
	_ = engine.SetTrustedProxies([]string{"10.0.0.4"})
	return engine
}

func mailReset(c *gin.Context, token string) {
	resetLink := home + "/reset/" + token
	deliver(c.PostForm("mail"), resetLink)
}
