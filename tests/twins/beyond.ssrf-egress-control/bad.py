import httpx
import requests
from fastapi import FastAPI
from flask import Flask, request
from urllib.request import urlopen

app = Flask(__name__)
api = FastAPI()


@app.get("/preview")
def preview():
    return requests.get(request.args["url"], timeout=5).text  # BAD


@app.get("/status")
def status():
    host = request.args.get("host")
    return urlopen(f"http://{host}/status").read()  # BAD


@api.post("/hook")
async def hook(target: str):
    async with httpx.AsyncClient() as client:
        await client.post(target, json={})  # BAD
