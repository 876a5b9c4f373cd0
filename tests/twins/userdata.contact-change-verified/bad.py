from flask import Blueprint, jsonify, request
from flask_login import current_user, login_required

from shop.models import db

pages = Blueprint("pages", __name__)


@pages.route("/profile", methods=["PUT"])
@login_required
def change_profile():
    current_user.name = request.json["name"]
    current_user.email = request.json["email"]  # BAD
    db.session.commit()
    return jsonify(done=True)
