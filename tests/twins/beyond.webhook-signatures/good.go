package hooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
)

func Receive(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	mac := hmac.New(sha256.New, key)
	mac.Write(body)
	signature, err := hex.DecodeString(r.Header.Get("X-Signature"))
	if err != nil || !hmac.Equal(signature, mac.Sum(nil)) {
		w.WriteHeader(401)
		return
	}
	w.WriteHeader(204)
}
