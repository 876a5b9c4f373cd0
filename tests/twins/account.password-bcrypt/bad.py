import hashlib

import bcrypt
from flask import Flask, request

app = Flask(__name__)


def store(user, password):
    user.digest = hashlib.sha256(password.encode()).hexdigest()  # BAD


def store_salted(user, pwd):
    hasher = hashlib.new("sha1")
    hasher.update(user.salt + pwd.encode())  # BAD
    user.digest = hasher.hexdigest()


def cheap(password):
    return bcrypt.hashpw(password, bcrypt.gensalt(rounds=6))  # BAD


def derived(password, salt):
    return hashlib.pbkdf2_hmac("sha256", password, salt, 1000)  # BAD


@app.post("/login")
def login():
    password = request.form["password"]
    return User.query.filter_by(name=request.form["name"], password=password).first().name  # BAD
