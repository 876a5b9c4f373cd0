package users

import "math/rand"

func OTP() int {
	otp := rand.Intn(1000000) // BAD
	return otp
}
