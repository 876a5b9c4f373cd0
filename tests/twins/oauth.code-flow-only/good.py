import requests
from fastapi.security import OAuth2PasswordBearer

AUTHORIZE = "https://id.example/authorize?response_type=code&client_id=shop&redirect_uri=https://shop.example/cb"
NOTE = "response_type=id_token"
bearer = OAuth2PasswordBearer(tokenUrl="token")


def redeem(code):
    return requests.post("https://id.example/token", data={"grant_type": "authorization_code", "code": code, "client_id": "shop"})


def register(form):
    return requests.post("https://shop.example/users", data={"name": form["name"], "password": form["password"]})
