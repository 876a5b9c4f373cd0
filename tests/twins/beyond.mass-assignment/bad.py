from fastapi import FastAPI
from flask import Flask, request
from pydantic import BaseModel
from rest_framework import serializers

from .models import User, db

api = FastAPI()
app = Flask(__name__)


@app.post("/users")
def register():
    user = User(**request.get_json())  # BAD
    db.session.add(user)
    return {}, 201


@app.put("/users/<int:ident>")
def change(ident):
    user = User.query.get(ident)
    for name, value in request.json.items():
        setattr(user, name, value)  # BAD
    db.session.commit()
    return {}


@app.patch("/users/<int:ident>")
def patch(ident):
    User.query.filter_by(id=ident).update(request.json)  # BAD
    return {}


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = "__all__"  # BAD


class Loose(BaseModel, extra="allow"):
    name: str


@api.patch("/me")
def patch_me(given: Loose):
    me = User.query.get(1)
    for name, value in given.dict().items():
        setattr(me, name, value)  # BAD


@api.post("/me")
def make_me(payload: dict):
    return User(**payload)  # BAD
