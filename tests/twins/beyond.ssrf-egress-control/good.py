import os

import requests
from flask import Flask, request

from .egress import check_destination

app = Flask(__name__)
BASE = "https://rates.example"


@app.get("/rate")
def rate():
    currency = request.args["currency"]
    return requests.get(f"https://rates.example/v1/{currency}", params={"day": request.args.get("day")}).json()


@app.get("/other")
def other():
    return requests.get(BASE + "/v1/" + request.args["currency"]).json()


@app.get("/preview")
def preview():
    url = request.args["url"]
    check_destination(url)
    return requests.get(url, timeout=5).text


def report():
    requests.post(os.environ["REPORT_URL"], json={})
