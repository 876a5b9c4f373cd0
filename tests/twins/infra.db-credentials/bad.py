import os

import psycopg2

DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql://postgres:postgres@db.internal/shop")  # BAD


def connect():
    return psycopg2.connect(host="db.internal", user="root", password="")  # BAD
