import ast
import json
import os
import shlex
import subprocess

import yaml
from flask import Flask, render_template, request

app = Flask(__name__)
SIZES = {"small": "100x100", "large": "900x900"}


@app.post("/convert")
def convert():
    name = request.form["name"]
    subprocess.run(["convert", name, "out.png"], check=True)
    subprocess.run("ls -l /srv/out | wc -l", shell=True)
    os.system(f"convert in.png -resize {SIZES[request.form['size']]} out.png")
    os.system("identify " + shlex.quote(name))
    subprocess.run(f"head -{int(request.form['lines'])} log.txt", shell=True)
    return render_template("done.html", name=name)


@app.post("/load")
def load():
    given = yaml.safe_load(request.data)
    more = yaml.load(request.data, Loader=yaml.SafeLoader)
    return {"sum": ast.literal_eval(request.args["sum"]), "given": given, "more": more, "kept": json.loads(request.data)}


@app.errorhandler(404)
def missing(error):
    return render_template_string("<h1>Nothing at {{ address }}</h1>", address=request.url), 404
