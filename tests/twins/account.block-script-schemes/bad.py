from flask import Flask, request
from markupsafe import escape

app = Flask(__name__)


@app.get("/card")
def card():
    site = request.args["site"]
    return f'<a href="{escape(site)}">home page</a>'  # BAD


@app.get("/frame")
def frame():
    return '<p class="x"><iframe src="' + request.args["page"] + '"></iframe>'  # BAD


@app.get("/plain")
def plain():
    site = request.args["site"]
    return f'<a class="site" href="{site}">home page</a>'  # BAD
