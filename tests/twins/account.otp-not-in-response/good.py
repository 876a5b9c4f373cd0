import secrets

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.post("/otp")
def send():
    otp = secrets.randbelow(10**6)
    deliver(request.json["phone"], otp)
    return jsonify({"sent": True, "otp_required": True, "otp_length": 6})


@app.post("/verify")
def verify():
    otp = request.json["otp"]
    return jsonify({"ok": matches(otp)})


def deliver(phone, otp):
    print(f"sending a code to {phone}")
    gateway().send(phone, f"Your code is {otp}")
