import secrets

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.post("/otp")
def send():
    otp = secrets.randbelow(10**6)
    deliver(request.json["phone"], otp)
    return jsonify({"sent": True, "otp": otp})  # BAD


@app.post("/code")
def code():
    verification_code = secrets.token_hex(3)
    deliver(request.json["phone"], verification_code)
    return {"verification_code": verification_code}  # BAD


def deliver(phone, otp):
    print(f"sending {otp} to {phone}")  # BAD
