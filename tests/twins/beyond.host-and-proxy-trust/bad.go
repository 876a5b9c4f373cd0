package web

import "github.com/gin-gonic/gin"

func Engine() *gin.Engine {
	engine := gin.Default()
	_ = engine.SetTrustedProxies([]string{"0.0.0.0/0"}) // BAD
	return engine
}

func mailReset(c *gin.Context, token string) {
	resetLink := "https://" + c.Request.Host + "/reset/" + token // BAD
	deliver(c.PostForm("mail"), resetLink)
}
