from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer

app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="login")


def current_user(token: str = Depends(bearer)):
    return find_user(token)


@app.get("/orders")
def orders(user=Depends(current_user)):
    return list_orders(user)


@app.get("/orders/{order_id}")
def order(order_id: str, user=Depends(current_user)):
    return load(order_id, user)


@app.post("/orders")
def place(user=Depends(current_user)):
    return place_order(user)


@app.delete("/orders/{order_id}")
def remove(order_id: str):  # BAD
    return remove_order(order_id)


@app.post("/login")
def login():
    return {"token": "x"}
