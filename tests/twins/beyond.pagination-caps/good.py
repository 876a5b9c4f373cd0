from typing import Annotated

from fastapi import APIRouter, Query
from flask import Flask, request

from .models import Order, db

router = APIRouter()
app = Flask(__name__)


@router.get("/orders")
def orders(offset: int = 0, limit: int = Query(20, le=100)):
    return db.query(Order).offset(offset).limit(limit).all()


@router.get("/lines")
def lines(limit: Annotated[int, Query(ge=1, le=50)] = 20):
    return db.query(Order).limit(limit).all()


@router.get("/parts")
def parts(limit: int = 20):
    limit = min(limit, 100)
    return db.query(Order).limit(limit).all()


@app.get("/items")
def items():
    size = min(int(request.args.get("per_page", 20)), 100)
    return {"items": Order.query.limit(size).all()}


@app.get("/latest")
def latest():
    return {"items": Order.query.limit(10).all()}
