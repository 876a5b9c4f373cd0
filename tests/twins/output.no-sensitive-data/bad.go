package members

import "github.com/gin-gonic/gin"

type Member struct {
	ID       uint   `json:"id"`
	Email    string `json:"email"`
	Password string `json:"password"`
}

func Show(c *gin.Context) {
	var member Member
	db.First(&member, c.Param("id"))
	c.JSON(200, member) // BAD
}

func Routes(r *gin.Engine) {
	r.GET("/members/:id", Show)
}
