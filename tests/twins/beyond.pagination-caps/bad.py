from fastapi import APIRouter
from flask import Flask, request

from .models import Order, db

router = APIRouter()
app = Flask(__name__)


@router.get("/orders")
def orders(offset: int = 0, limit: int = 20):  # BAD
    return db.query(Order).offset(offset).limit(limit).all()


@app.get("/items")
def items():
    size = int(request.args.get("per_page", 20))
    return {"items": Order.query.limit(request.args.get("limit")).all(), "size": size}  # BAD
