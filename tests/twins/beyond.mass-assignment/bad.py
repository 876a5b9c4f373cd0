from flask import Flask, request
from rest_framework import serializers

from .models import User, db

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
