package main

import (
	"fmt"
	"log"
	"net/http"
	"net/smtp"
)

func contact(w http.ResponseWriter, r *http.Request) {
	topic := r.FormValue("topic")
	log.Printf("writes about %s", topic) // BAD
	message := "From: site@example.com\r\nSubject: " + topic + "\r\n\r\nThank you."
	smtp.SendMail("mail:25", nil, "site@example.com", []string{"desk@example.com"}, []byte(message)) // BAD
	second := fmt.Sprintf("Subject: %s\r\n\r\nThank you.", topic)
	smtp.SendMail("mail:25", nil, "site@example.com", []string{"desk@example.com"}, []byte(second)) // BAD
}
