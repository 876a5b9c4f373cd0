import os

from fastapi import Response
from flask import Flask, make_response

app = Flask(__name__)
app.config["SESSION_COOKIE_HTTPONLY"] = True
app.config["SESSION_COOKIE_SECURE"] = os.environ.get("ENV") != "local"
FLAGS = {"secure": True, "httponly": True, "samesite": "lax"}


@app.post("/login")
def login():
    reply = make_response("ok")
    reply.set_cookie("session_id", "x", secure=True, httponly=True, samesite="Lax")
    reply.set_cookie("theme", "dark")
    reply.set_cookie("csrf_token", "y", secure=True)
    reply.set_cookie("auth", "z", **FLAGS)
    return reply


def log_out(response: Response):
    response.set_cookie("session_id", "", max_age=0)
    response.delete_cookie("session_id")
