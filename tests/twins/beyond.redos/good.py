import re

from flask import Flask, request

app = Flask(__name__)
NAME = re.compile(r"^[a-zA-Z]+$")


@app.get("/search")
def search():
    return {"found": bool(re.search(re.escape(request.args["word"]), "text"))}


@app.get("/email")
def email():
    return {"ok": bool(re.match(r"^[^@\s]+@[^@\s]+$", request.args["email"]))}
