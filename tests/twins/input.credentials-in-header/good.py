from flask import Flask, request

app = Flask(__name__)


@app.get("/orders")
def orders():
    key = request.headers.get("Authorization")
    page = request.args.get("page_token")
    return {"orders": find(key, page, request.args.get("csrf_token"))}


@app.post("/login")
def login():
    return check(request.form["user"], request.form["password"])


@app.get("/reset")
def reset_password():
    return apply(request.args.get("token"))
