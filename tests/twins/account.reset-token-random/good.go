package users

import (
	"crypto/rand"
	"math/big"
)

func OTP() (*big.Int, error) {
	otp, err := rand.Int(rand.Reader, big.NewInt(1000000))
	return otp, err
}
