from fastapi import FastAPI
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base

app = FastAPI()
Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    state = Column(String)


@app.get("/orders/{order_id}")
def order(order_id: int):  # BAD
    return load(order_id)
