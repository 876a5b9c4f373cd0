from urllib.parse import quote, urlsplit

from flask import Flask, abort, request
from markupsafe import escape

app = Flask(__name__)


@app.get("/card")
def card():
    site = request.args["site"]
    if urlsplit(site).scheme not in {"http", "https"}:
        abort(400)
    return f'<a href="{escape(site)}">home page</a>'


@app.get("/search")
def search():
    return f'<a href="/find?words={quote(request.args["words"])}">again</a>'


@app.get("/name")
def name():
    return f'<a href="/me">{escape(request.args["name"])}</a>'
