from flask import Blueprint, jsonify
from flask_login import login_required

from shop.models import Customer, db

pages = Blueprint("pages", __name__)


@pages.route("/admin/customers/<int:customer_id>", methods=["DELETE"])
@login_required
def remove_customer(customer_id):  # BAD
    db.session.delete(Customer.query.get_or_404(customer_id))
    db.session.commit()
    return jsonify(done=True)


@pages.route("/orders", methods=["GET"])
@login_required
def orders():
    return jsonify([])
