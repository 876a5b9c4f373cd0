package shop

import "github.com/gin-gonic/gin"

func Orders(c *gin.Context) {
	key := c.Query("api_key") // BAD
	c.JSON(200, find(key))
}
