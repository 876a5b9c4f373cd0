from flask import Blueprint, abort, jsonify
from flask_login import current_user, login_required

from shop.guards import role_required
from shop.models import Customer, db

pages = Blueprint("pages", __name__)


@pages.route("/admin/customers/<int:customer_id>", methods=["DELETE"])
@role_required("administrator")
def remove_customer(customer_id):
    db.session.delete(Customer.query.get_or_404(customer_id))
    db.session.commit()
    return jsonify(done=True)


@pages.route("/admin/reports")
@login_required
def reports():
    if not current_user.is_admin:
        abort(403)
    return jsonify([])


@pages.route("/admin/orders")
@login_required
def all_orders():
    only_for_staff()
    return jsonify([])


def only_for_staff():
    if "staff" not in current_user.groups:
        abort(403)


@pages.route("/admin/login", methods=["POST"])
def enter():
    return jsonify(ok=True)


@pages.route("/administrations", methods=["GET"])
@login_required
def public_bodies():
    return jsonify([])
