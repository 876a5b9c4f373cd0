package web

import (
	"strconv"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"
)

func list(db *gorm.DB) gin.HandlerFunc {
	return func(c *gin.Context) {
		limit, _ := strconv.Atoi(c.DefaultQuery("limit", "20"))
		if limit > 100 {
			limit = 100
		}
		var rows []Order
		db.Limit(limit).Find(&rows)
		c.JSON(200, rows)
	}
}
