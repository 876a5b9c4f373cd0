from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import DeclarativeBase, Session

from .security import get_admin, get_current_user, get_db

router = APIRouter()


class Base(DeclarativeBase):
    pass


class Invoice(Base):
    __tablename__ = "invoices"
    id = Column(Integer, primary_key=True)
    owner_id = Column(Integer, ForeignKey("users.id"))
    text = Column(String)


class Country(Base):
    __tablename__ = "countries"
    id = Column(Integer, primary_key=True)
    name = Column(String)


@router.get("/invoices/{invoice_id}")
def read_invoice(invoice_id: int, db: Session = Depends(get_db), caller=Depends(get_current_user)):
    invoice = db.query(Invoice).filter(Invoice.id == invoice_id, Invoice.owner_id == caller.id).first()
    if invoice is None:
        raise HTTPException(404)
    return invoice


@router.get("/countries/{country_id}")
def read_country(country_id: int, db: Session = Depends(get_db), caller=Depends(get_current_user)):
    return db.get(Country, country_id)


@router.get("/admin/invoices/{invoice_id}", dependencies=[Depends(get_admin)])
def any_invoice(invoice_id: int, db: Session = Depends(get_db)):
    return db.get(Invoice, invoice_id)
