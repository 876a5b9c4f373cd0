from flask import Blueprint, jsonify, request
from flask_login import current_user, login_required

from shop.mail import send_confirmation
from shop.models import User, db

pages = Blueprint("pages", __name__)


@pages.route("/profile", methods=["PUT"])
@login_required
def change_profile():
    current_user.name = request.json["name"]
    current_user.pending_email = request.json["email"]
    send_confirmation(current_user)
    db.session.commit()
    return jsonify(done=True)


@pages.route("/profile/phone", methods=["PUT"])
@login_required
def change_phone():
    if not codes.verify(current_user, request.json["phone"], request.json["code"]):
        return jsonify(done=False), 422
    current_user.phone = request.json["phone"]
    db.session.commit()
    return jsonify(done=True)


@pages.route("/register", methods=["POST"])
def register():
    user = User()
    user.email = request.json["email"]
    db.session.add(user)
    return jsonify(done=True)
