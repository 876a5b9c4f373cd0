import zlib
from pathlib import Path
from xml.etree import ElementTree

import yaml
from defusedxml.ElementTree import fromstring
from flask import Flask, request

app = Flask(__name__)
SETTINGS = yaml.safe_load(Path("settings.yaml").read_text())
MENU = ElementTree.parse("menu.xml")


@app.post("/import")
def load():
    raw = zlib.decompressobj().decompress(request.data, 65536)
    return {"tree": fromstring(request.data).tag, "raw": len(raw)}
