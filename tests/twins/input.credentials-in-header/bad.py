from flask import Flask, request

app = Flask(__name__)


@app.get("/orders")
def orders():
    key = request.args.get("api_key")  # BAD
    return {"orders": find(key)}


@app.get("/login")
def login():
    return check(request.args["user"], request.args["password"])  # BAD
