from typing import Annotated

import requests
from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer
from requests.auth import HTTPBasicAuth

app = FastAPI()
scheme = OAuth2PasswordBearer(tokenUrl="token")


@app.get("/me")
def me(token: Annotated[str, Depends(scheme)]):
    return token


def client_token(url, client, secret):
    return requests.post(url, auth=HTTPBasicAuth(client, secret), timeout=5).json()
