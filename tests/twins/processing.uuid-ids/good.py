import uuid

from fastapi import FastAPI
from sqlalchemy import Column, Integer, Uuid
from sqlalchemy.orm import declarative_base

app = FastAPI()
Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    public_id = Column(Uuid, unique=True, default=uuid.uuid4)


@app.get("/orders/{order_id}")
def order(order_id: uuid.UUID, page: int = 1):
    return load(order_id, page)


@app.get("/pages/{number}")
def page(number: int):
    return number
