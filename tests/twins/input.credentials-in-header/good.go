package shop

import "github.com/gin-gonic/gin"

func Orders(c *gin.Context) {
	key := c.GetHeader("Authorization")
	c.JSON(200, find(key, c.Query("page_token")))
}
