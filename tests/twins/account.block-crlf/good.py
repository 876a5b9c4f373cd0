import logging
import smtplib
from email.message import EmailMessage

from flask import Flask, make_response, request

app = Flask(__name__)
log = logging.getLogger(__name__)


@app.post("/contact")
def contact():
    message = EmailMessage()
    message["Subject"] = request.form["topic"]
    message.set_content(request.form["text"])
    with smtplib.SMTP("mail.internal") as server:
        server.send_message(message)
        server.sendmail("a@example.com", ["b@example.com"], f"Subject: News\r\n\r\n{request.form['text']}")
    return "", 204


@app.post("/enter/<int:number>")
def enter(number):
    person = request.form["person"]
    log.warning("no such person: %r", person)
    log.info(f"tried {person!r} at {number}")
    log.debug("all of it: %s", request.form)
    single = person.replace("\r", " ").replace("\n", " ")
    log.info("tried %s", single)
    answer = make_response("")
    answer.headers["X-Person"] = person
    answer.set_cookie("person", person)
    return answer
