from fastapi import Response
from flask import Flask, make_response

app = Flask(__name__)
app.config["SESSION_COOKIE_HTTPONLY"] = False  # BAD


@app.post("/login")
def login():
    reply = make_response("ok")
    reply.set_cookie("session_id", new_session())  # BAD
    reply.set_cookie("theme", "dark")
    return reply


def remember(response: Response, token: str):
    response.set_cookie(key="refresh_token", value=token, httponly=True)  # BAD


def new_session():
    return "x"
