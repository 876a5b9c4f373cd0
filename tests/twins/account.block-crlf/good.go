package main

import (
	"log"
	"mime"
	"net/http"
	"net/smtp"
)

func contact(w http.ResponseWriter, r *http.Request) {
	topic := mime.QEncoding.Encode("utf-8", r.FormValue("topic"))
	message := "From: site@example.com\r\nSubject: " + topic + "\r\n\r\nThank you."
	smtp.SendMail("mail:25", nil, "site@example.com", []string{"desk@example.com"}, []byte(message))
	w.Header().Set("X-Topic", r.FormValue("topic"))
}

func enter(w http.ResponseWriter, r *http.Request) {
	log.Printf("nobody is called %q", r.FormValue("person"))
}
