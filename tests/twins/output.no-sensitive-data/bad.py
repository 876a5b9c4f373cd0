from fastapi import APIRouter, Depends
from pydantic import BaseModel
from sqlalchemy import Column, Integer, String

from shop.database import Base, get_db

router = APIRouter()


class Customer(Base):
    __tablename__ = "customers"
    id = Column(Integer, primary_key=True)
    email = Column(String)
    hashed_password = Column(String)


class CustomerIn(BaseModel):
    email: str
    password: str


@router.post("/customers", response_model=CustomerIn)
def register(new: CustomerIn, db=Depends(get_db)):  # BAD
    return new


@router.get("/customers/{customer_id}")
def show(customer_id: int, db=Depends(get_db)):
    customer = db.query(Customer).filter(Customer.id == customer_id).first()
    return customer  # BAD
