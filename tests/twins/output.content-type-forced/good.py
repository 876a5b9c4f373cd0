from flask import Flask, Response, request

from shop.exports import table

app = Flask(__name__)


@app.get("/export")
def export():
    return Response(table(request.args.get("columns")), mimetype="text/csv")
