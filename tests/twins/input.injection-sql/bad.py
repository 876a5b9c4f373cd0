"""Orders of a shop, looked up the wrong way."""

import sqlite3

from flask import Flask, request
from sqlalchemy import text

app = Flask(__name__)


@app.get("/orders")
def orders():
    state = request.args["state"]
    cursor = sqlite3.connect("shop.db").cursor()
    cursor.execute("SELECT * FROM orders WHERE state = '%s'" % state)  # BAD
    cursor.execute(f"SELECT * FROM orders ORDER BY {request.args['by']}")  # BAD
    cursor.execute("SELECT * FROM orders WHERE owner = '{}'".format(state))  # BAD
    return cursor.fetchall()


def of_customer(session, name):
    return session.execute(text("SELECT id FROM orders WHERE customer = '" + name + "'"))  # BAD


def titled(query, filter):
    return query.filter(text("title = '%s' OR body = '%s'" % (filter, filter)))  # BAD
