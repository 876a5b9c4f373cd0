package web

import (
	"net/http"
	"os"
	"path/filepath"

	"github.com/gin-gonic/gin"
)

func read(c *gin.Context) {
	text, err := os.ReadFile("/var/shop/" + c.Query("file")) // BAD
	if err != nil {
		c.Status(http.StatusNotFound)
		return
	}
	c.Data(http.StatusOK, "text/plain", text)
}

func send(w http.ResponseWriter, r *http.Request) {
	http.ServeFile(w, r, filepath.Join("/var/shop", r.URL.Query().Get("file"))) // BAD
}
