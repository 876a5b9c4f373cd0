import hashlib
import hmac

import stripe
from fastapi import APIRouter, Depends, HTTPException, Request

router = APIRouter()


@router.post("/webhooks/payments")
async def payments(request: Request):
    event = stripe.Webhook.construct_event(await request.body(), request.headers["stripe-signature"], SECRET)
    mark_paid(event)
    return {"ok": True}


@router.post("/hooks/github")
async def pushes(request: Request):
    ensure_genuine(await request.body(), request.headers.get("x-hub-signature-256", ""))
    return {"ok": True}


def ensure_genuine(body, signature):
    if signature == "":
        raise HTTPException(401)
    expected = "sha256=" + hmac.new(KEY, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signature, expected):
        raise HTTPException(401)


@router.post("/webhooks")
async def subscribe(target: str, user=Depends(current_user)):
    return remember(target, user)


@router.post("/webhooks/{webhook_id}/test")
async def send_test(webhook_id: int, user=Depends(current_user)):
    return deliver(webhook_id)
