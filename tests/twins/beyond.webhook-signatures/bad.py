import hashlib
import hmac

from fastapi import APIRouter, Request

router = APIRouter()


@router.post("/hooks/github")
async def pushes(request: Request):
    body = await request.body()
    signature = request.headers["x-hub-signature-256"]
    expected = "sha256=" + hmac.new(KEY, body, hashlib.sha256).hexdigest()
    if signature != expected:  # BAD
        return {"ok": False}
    return {"ok": True}
