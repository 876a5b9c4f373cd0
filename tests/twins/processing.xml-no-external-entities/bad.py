import xmltodict
from flask import Flask, request
from lxml import etree

app = Flask(__name__)


@app.post("/import")
def load():
    parser = etree.XMLParser(resolve_entities=True, no_network=False)  # BAD
    tree = etree.fromstring(request.data, parser)
    given = xmltodict.parse(request.data, disable_entities=False)  # BAD
    return {"name": tree.tag, "given": given}
