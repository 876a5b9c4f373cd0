from xml.sax import saxutils

import xmltodict
from defusedxml import ElementTree
from flask import Flask, request
from lxml import etree

app = Flask(__name__)


@app.post("/import")
def load():
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    tree = etree.fromstring(request.data, parser)
    given = xmltodict.parse(request.data)
    more = ElementTree.fromstring(request.data)
    return {"name": saxutils.escape(tree.tag), "given": given, "more": more.tag}
