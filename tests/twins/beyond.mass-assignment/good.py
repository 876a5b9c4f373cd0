from fastapi import FastAPI
from flask import Flask, jsonify, request
from pydantic import BaseModel
from rest_framework import serializers

from .models import User, db

api = FastAPI()
app = Flask(__name__)
EDITABLE = ("name", "city")


class NewUser(BaseModel):
    name: str
    city: str


@app.post("/users")
def register():
    given = NewUser(**request.get_json())
    user = User(name=given.name, city=given.city)
    db.session.add(user)
    return {}, 201


@app.put("/users/<int:ident>")
def change(ident):
    user = User.query.get(ident)
    body = request.json
    for name in EDITABLE:
        setattr(user, name, body.get(name))
    for name, value in body.items():
        if name in EDITABLE:
            setattr(user, name, value)
    return jsonify(body)


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["name", "city"]


@api.patch("/me")
def patch_me(given: NewUser):
    me = User.query.get(1)
    for name, value in given.model_dump().items():
        setattr(me, name, value)
    return NewUser(**given.model_dump())
