import re

from flask import Flask, request

app = Flask(__name__)
NAME = re.compile(r"^([a-zA-Z]+)*$")  # BAD


@app.get("/search")
def search():
    return {"found": bool(re.search(request.args["pattern"], "text"))}  # BAD


@app.get("/email")
def email():
    return {"ok": bool(re.match(r"^(\w+\.?)+@shop$", request.args["email"]))}  # BAD
