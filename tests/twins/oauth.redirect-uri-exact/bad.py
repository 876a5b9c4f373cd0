from flask import Flask, abort, redirect, request

from grants.models import Client, issue_code

app = Flask(__name__)


@app.get("/authorize")
def authorize():
    client = Client.query.filter_by(client_id=request.args["client_id"]).one()
    redirect_uri = request.args["redirect_uri"]
    if not redirect_uri.startswith(client.base_url):  # BAD
        abort(400)
    code = issue_code(client, redirect_uri)
    return redirect(f"{redirect_uri}?code={code}")


@app.get("/v1/authorize")
def authorize_old():
    code = issue_code(request.args["client_id"], None)
    return redirect(request.args["redirect_uri"] + "?code=" + code)  # BAD
