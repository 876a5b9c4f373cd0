package main

import (
	"crypto/tls"
	"net/http"
)

func server() *http.Server {
	return &http.Server{Addr: ":443", TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
}
