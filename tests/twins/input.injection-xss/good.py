import aiohttp_jinja2
import jinja2
from flask import Flask, render_template, request
from markupsafe import Markup, escape

app = Flask(__name__)


@app.get("/hello")
def hello():
    return render_template("hello.html", name=request.args["name"])


@app.get("/note")
def note():
    return {"html": Markup("<b>%s</b>") % request.args["note"], "text": request.args["note"]}


@app.get("/plain")
def plain():
    return "Hello " + str(escape(request.args["name"]))


def badge(label):
    return Markup("<span>") + escape(label) + Markup("</span>")


def linked(user):
    name = str(user.title)
    return Markup("<b>%s</b>" % escape(name))


def made(app):
    aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader("pages"))
    aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader("mails"), autoescape=True)
