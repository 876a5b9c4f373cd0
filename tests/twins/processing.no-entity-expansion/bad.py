import gzip
from xml.etree import ElementTree

import yaml
from flask import Flask, request
from lxml import etree

app = Flask(__name__)


@app.post("/import")
def load():
    tree = ElementTree.fromstring(request.data)  # BAD
    given = yaml.safe_load(request.data)  # BAD
    raw = gzip.decompress(request.data)  # BAD
    parser = etree.XMLParser(huge_tree=True)  # BAD
    return {"tree": tree.tag, "given": given, "raw": len(raw), "more": etree.fromstring(raw, parser).tag}
