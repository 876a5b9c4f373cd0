import os
import uuid

from fastapi import FastAPI, UploadFile
from flask import Flask, request, send_from_directory
from werkzeug.utils import secure_filename

api = FastAPI()
app = Flask(__name__)


@api.post("/avatars")
async def avatar(file: UploadFile):
    path = os.path.join("avatars", f"{uuid.uuid4()}.png")
    with open(path, "wb") as stream:
        stream.write(await file.read())
    return {"shown": file.filename}


@app.post("/invoices")
def invoice():
    upload = request.files["invoice"]
    upload.save(os.path.join("/srv/invoices", secure_filename(upload.filename)))
    return {}


@app.get("/download")
def download():
    return send_from_directory("/srv/invoices", request.args["name"])


@app.get("/export")
def export():
    with open("/srv/export.csv") as stream:
        return stream.read()
