import uvicorn
from flask import Flask, request
from starlette.middleware.trustedhost import TrustedHostMiddleware

from .mail import send

ALLOWED_HOSTS = ["*"]  # BAD
app = Flask(__name__)


@app.post("/reset")
def reset_password():
    token = "..."
    link = f"https://{request.host}/reset/{token}"  # BAD
    send(request.json["email"], link)
    return {}


def protect(api):
    api.add_middleware(TrustedHostMiddleware, allowed_hosts=["*"])  # BAD
    uvicorn.run(api, proxy_headers=True, forwarded_allow_ips="*")  # BAD
