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


class CustomerOut(BaseModel):
    id: int
    email: str


class Token(BaseModel):
    access_token: str
    token_type: str


@router.post("/customers", response_model=CustomerOut)
def register(new: CustomerIn, db=Depends(get_db)):
    customer = Customer(email=new.email)
    db.add(customer)
    return customer


@router.post("/login")
def login(given: CustomerIn, db=Depends(get_db)) -> Token:
    customer = db.query(Customer).filter(Customer.email == given.email).first()
    return sign(customer)


@router.get("/customers/{customer_id}")
def show(customer_id: int, db=Depends(get_db)) -> CustomerOut:
    customer = db.query(Customer).filter(Customer.id == customer_id).first()
    return customer
