import os

import uvicorn
from flask import Flask, request
from starlette.middleware.trustedhost import TrustedHostMiddleware

from .mail import send

ALLOWED_HOSTS = ["shop.example", ".shop.example"]
PUBLIC = "https://shop.example"
app = Flask(__name__)


@app.post("/reset")
def reset_password():
    link = f"{PUBLIC}/reset/token"
    send(request.json["email"], link)
    return {"self": f"https://{request.host}/reset"}


def protect(api):
    api.add_middleware(TrustedHostMiddleware, allowed_hosts=["shop.example"])
    uvicorn.run(api, proxy_headers=True, forwarded_allow_ips=os.environ["PROXIES"])
