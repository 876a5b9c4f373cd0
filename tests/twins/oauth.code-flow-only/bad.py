import requests

AUTHORIZE = "https://id.example/authorize?response_type=token&client_id=shop&redirect_uri=https://shop.example/cb"  # BAD


def sign_in(user, password):
    return requests.post("https://id.example/token", data={"grant_type": "password", "username": user, "password": password, "client_id": "shop"})  # BAD
