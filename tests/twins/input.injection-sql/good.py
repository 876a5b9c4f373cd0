"""Orders of a shop, looked up with bound values."""

import sqlite3

from flask import Flask, request
from sqlalchemy import text

from .settings import ORDERS_TABLE

app = Flask(__name__)
COLUMNS = {"date": "placed_at", "sum": "total"}


@app.get("/orders")
def orders():
    state = request.args["state"]
    page = int(request.args.get("page", "1"))
    column = COLUMNS[request.args.get("by", "date")]
    direction = "DESC" if request.args.get("down") else "ASC"
    cursor = sqlite3.connect("shop.db").cursor()
    cursor.execute("SELECT * FROM orders WHERE state = ?", (state,))
    cursor.execute(f"SELECT * FROM {ORDERS_TABLE} ORDER BY {column} {direction} LIMIT 20 OFFSET {page * 20}")
    ids = request.args.getlist("id")
    marks = ", ".join("?" for _ in ids)
    cursor.execute(f"SELECT * FROM orders WHERE id IN ({marks})", ids)
    app.logger.info("select state %s from the request", state)
    return cursor.fetchall()


def of_customer(session, name):
    return session.execute(text("SELECT id FROM orders WHERE customer = :name"), {"name": name})


def titled(session, query, filter):
    return query.filter(text("title = :title OR body = :title")).params(title=filter)
