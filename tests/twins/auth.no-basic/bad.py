from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.security import HTTPBasic, HTTPBasicCredentials

app = FastAPI()
security = HTTPBasic()  # BAD


@app.get("/me")
def me(credentials: Annotated[HTTPBasicCredentials, Depends(security)]):
    return credentials.username
