from urllib.parse import urlencode

from flask import Flask, redirect

app = Flask(__name__)


@app.get("/login")
def login():
    return redirect("https://id.example/authorize?" + urlencode({"response_type": "code", "client_id": "shop"}))  # BAD


@app.get("/other")
def other():
    url = "https://id.example/authorize?response_type=code&client_id=shop&state=shop"  # BAD
    return redirect(url)
