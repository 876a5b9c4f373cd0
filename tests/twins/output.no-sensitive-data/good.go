package members

import "github.com/gin-gonic/gin"

type Member struct {
	ID       uint   `json:"id"`
	Email    string `json:"email"`
	Password string `json:"-"`
}

type Login struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

func Show(c *gin.Context) {
	var member Member
	db.First(&member, c.Param("id"))
	c.JSON(200, member)
}

func Enter(c *gin.Context) {
	var login Login
	if err := c.ShouldBindJSON(&login); err != nil {
		c.JSON(422, gin.H{"error": "invalid"})
		return
	}
	c.JSON(200, gin.H{"token": tokenFor(login)})
}

func Routes(r *gin.Engine) {
	r.GET("/members/:id", Show)
	r.POST("/login", Enter)
}
