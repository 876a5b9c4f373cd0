import os

import psycopg2

DATABASE_URL = os.environ["DATABASE_URL"]
FORM = "write it as postgresql://user:password@host/database"
EXAMPLE = "postgresql://user:${PASSWORD}@db.internal/shop"


def connect():
    return psycopg2.connect(host="db.internal", user="shop", password=os.environ["DB_PASSWORD"])
