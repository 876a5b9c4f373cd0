from flask import Flask, abort, redirect, request

from grants.models import Client, issue_code

app = Flask(__name__)


@app.get("/authorize")
def authorize():
    client = Client.query.filter_by(client_id=request.args["client_id"]).one()
    redirect_uri = request.args["redirect_uri"]
    if redirect_uri not in client.redirect_uris:
        abort(400)
    code = issue_code(client, redirect_uri)
    return redirect(f"{redirect_uri}?code={code}")


@app.get("/native")
def native():
    client = Client.query.filter_by(client_id=request.args["client_id"]).one()
    redirect_uri = request.args["redirect_uri"]
    loopback = redirect_uri.startswith("http://127.0.0.1:")
    if not loopback and redirect_uri not in client.redirect_uris:
        abort(400)
    return redirect(redirect_uri)
