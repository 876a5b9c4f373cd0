import aiohttp_jinja2
import jinja2
from flask import Flask, request
from markupsafe import Markup

app = Flask(__name__)


@app.get("/hello")
def hello():
    return "<h1>Hello " + request.args["name"] + "</h1>"  # BAD


@app.get("/note")
def note():
    return {"html": Markup(f"<b>{request.args['note']}</b>")}  # BAD


def badge(label):
    return Markup("<span>" + label + "</span>")  # BAD


def made(app):
    aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader("pages"), autoescape=False)  # BAD
