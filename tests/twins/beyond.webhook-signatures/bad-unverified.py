from fastapi import APIRouter, Request

router = APIRouter()


@router.post("/webhooks/payments")
async def payments(request: Request):  # BAD
    event = await request.json()
    if event["type"] == "charge.paid":
        mark_paid(event["data"]["order"])
    return {"ok": True}
