package account

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

func (d *Desk) AskCode(c *gin.Context) {
	otpCode := d.codes.Issue(c.PostForm("phone"))
	d.sms.Send(c.PostForm("phone"), otpCode)
	c.JSON(http.StatusOK, gin.H{"sent": true, "otp_required": true})
}
