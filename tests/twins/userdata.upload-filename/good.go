package web

import (
	"net/http"
	"os"
	"path/filepath"

	"github.com/gin-gonic/gin"
)

func read(c *gin.Context) {
	text, err := os.ReadFile("/var/shop/" + filepath.Base(c.Query("file")))
	if err != nil {
		c.Status(http.StatusNotFound)
		return
	}
	c.Data(http.StatusOK, "text/plain", text)
}
