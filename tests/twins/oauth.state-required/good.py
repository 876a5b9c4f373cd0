import secrets
from urllib.parse import urlencode

from flask import Flask, redirect, session

app = Flask(__name__)


@app.get("/login")
def login():
    session["state"] = secrets.token_urlsafe(16)
    return redirect("https://id.example/authorize?" + urlencode({"response_type": "code", "client_id": "shop", "state": session["state"]}))


@app.get("/other")
def other():
    state = secrets.token_urlsafe(16)
    url = f"https://id.example/authorize?response_type=code&client_id=shop&state={state}"
    return redirect(url)
