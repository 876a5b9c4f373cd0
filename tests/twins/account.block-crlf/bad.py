import logging
import smtplib
import socket

from flask import Flask, request

app = Flask(__name__)
log = logging.getLogger(__name__)


@app.post("/contact")
def contact():
    topic = request.form["topic"]
    message = f"From: site@example.com\r\nSubject: {topic}\r\n\r\nThank you."
    with smtplib.SMTP("mail.internal") as server:
        server.sendmail("site@example.com", ["desk@example.com"], message)  # BAD
    return "", 204


@app.post("/enter")
def enter():
    log.warning("no such person: %s", request.form["person"])  # BAD
    app.logger.info(f"tried {request.form['person']}")  # BAD
    return "", 401


@app.get("/relay")
def relay():
    client = socket.create_connection(("127.0.0.1", 9000))
    client.sendall(f"GET / HTTP/1.1\r\nX-Trace: {request.args['trace']}\r\n\r\n".encode())  # BAD
    client.send("HTTP/1.1 302 Found\r\nLocation: " + request.args["to"] + "\r\n\r\n")  # BAD
    return "", 204
