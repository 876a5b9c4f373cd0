import os
import pickle
import subprocess

import yaml
from flask import Flask, render_template_string, request

app = Flask(__name__)


@app.post("/convert")
def convert():
    name = request.form["name"]
    os.system("convert " + name + " out.png")  # BAD
    subprocess.run(f"identify {name}", shell=True)  # BAD
    return render_template_string("<p>" + name + "</p>")  # BAD


@app.post("/load")
def load():
    kept = pickle.loads(request.data)  # BAD
    given = yaml.load(request.data, Loader=yaml.Loader)  # BAD
    return {"sum": eval(request.args["sum"]), "kept": kept, "given": given}  # BAD


def archive(folder):
    subprocess.check_output(f"tar cf all.tar {folder}", shell=True)  # BAD


@app.errorhandler(404)
def missing(error):
    page = "<h1>Nothing at %s</h1>" % request.url
    return render_template_string(page), 404  # BAD
