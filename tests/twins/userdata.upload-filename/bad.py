import os

from fastapi import FastAPI, UploadFile
from flask import Flask, request, send_file

api = FastAPI()
app = Flask(__name__)


@api.post("/avatars")
async def avatar(file: UploadFile):
    path = os.path.join("avatars", file.filename)
    with open(path, "wb") as stream:  # BAD
        stream.write(await file.read())
    return {}


@app.post("/invoices")
def invoice():
    upload = request.files["invoice"]
    upload.save("/srv/invoices/" + upload.filename)  # BAD
    return {}


@app.get("/download")
def download():
    return send_file("/srv/invoices/" + request.args["name"])  # BAD
