"""Operations are found with their paths and with all that may stand guard before them."""

from __future__ import annotations

from ostiary.evidence.code import Route
from ostiary.parts.code import python


def routes(**files: str) -> dict[str, Route]:
    """Operations by method and path; ``__`` in names of files stands for ``/``."""
    readings = [python.reading(name.replace("__", "/") + ".py", text) for name, text in files.items()]
    return {
        f"{method} {route.route}": route
        for module in python.together(readings)
        for route in module.routes
        for method in route.methods
    }


DEPENDENCIES = """
from typing import Annotated
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer
scheme = OAuth2PasswordBearer(tokenUrl="t")
def current(token: Annotated[str, Depends(scheme)]): ...
User = Annotated[str, Depends(current)]
def get_db(): ...
"""


def test_dependencies_of_fastapi_are_followed_to_what_they_rest_on() -> None:
    found = routes(
        app__deps=DEPENDENCIES,
        app__items="from fastapi import APIRouter, Depends\nfrom app.deps import User, current, get_db\n"
        "router = APIRouter(prefix='/items')\n"
        "@router.get('/{item_id}')\ndef one(item_id: int, user: User): ...\n"
        "@router.delete('/{item_id}', dependencies=[Depends(current)])\ndef gone(item_id: int): ...\n"
        "@router.post('')\ndef made(db=Depends(get_db)): ...\n",
        app__main="from fastapi import FastAPI\nfrom app import items\napp = FastAPI()\n"
        "app.include_router(items.router, prefix='/v1')\n@app.get('/health')\ndef health(): ...\n",
    )
    assert set(found) == {"GET /v1/items/{item_id}", "DELETE /v1/items/{item_id}", "POST /v1/items", "GET /health"}
    assert "fastapi.security.OAuth2PasswordBearer()" in "".join(
        f"{each}()" for each in found["GET /v1/items/{item_id}"].guards
    )
    assert any(each.endswith("current") for each in found["DELETE /v1/items/{item_id}"].guards)
    assert [each.rpartition(".")[2] for each in found["POST /v1/items"].guards] == ["get_db"]
    assert found["GET /health"].guards == ()
    assert not any(each.open_end for each in found.values())
    assert found["GET /v1/items/{item_id}"].parameters == ("item_id",)


def test_guards_of_routers_and_where_they_are_included_count() -> None:
    found = routes(
        deps=DEPENDENCIES,
        main="from fastapi import FastAPI, APIRouter, Depends\nfrom deps import current\n"
        "app = FastAPI()\na = APIRouter(dependencies=[Depends(current)])\nb = APIRouter()\nc = APIRouter()\nd = APIRouter()\n"
        "@a.get('/a')\ndef fa(): ...\n@b.get('/b')\ndef fb(): ...\n@c.get('/c')\ndef fc(): ...\n@d.get('/d')\ndef fd(): ...\n"
        "app.include_router(a)\napp.include_router(b, dependencies=[Depends(current)])\napp.include_router(c)\n",
    )
    assert "deps.current" in found["GET /a"].guards
    assert "deps.current" in found["GET /b"].guards
    assert found["GET /c"].guards == ()
    assert found["GET /d"].open_end  # nobody includes it here


def test_middleware_of_an_application_stands_before_everything() -> None:
    found = routes(
        main="from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\nfrom x import AuthMiddleware\n"
        "app = FastAPI()\napp.add_middleware(CORSMiddleware)\napp.add_middleware(AuthMiddleware)\n"
        "@app.get('/a')\ndef fa(): ...\n",
    )
    assert found["GET /a"].guards == ("x.AuthMiddleware",)


def test_flask_is_read_with_blueprints_and_what_runs_before() -> None:
    found = routes(
        app__shop="from flask import Blueprint\nfrom flask_login import login_required\nbp = Blueprint('shop', __name__, url_prefix='/shop')\n"
        "@bp.route('/<int:n>', methods=['GET', 'DELETE'])\n@login_required\ndef one(n): ...\n"
        "@bp.post('/')\ndef made(): ...\n",
        app__admin="from flask import Blueprint, request\nbp = Blueprint('admin', __name__)\n"
        "@bp.before_request\ndef check_admin(): ...\n@bp.route('/')\ndef index(): ...\n",
        app__main="from flask import Flask\nfrom .shop import bp\nfrom .admin import bp as admin\napp = Flask(__name__)\n"
        "app.register_blueprint(bp)\napp.register_blueprint(admin, url_prefix='/admin')\n",
    )
    assert set(found) == {"GET /shop/<int:n>", "DELETE /shop/<int:n>", "POST /shop/", "GET /admin/"}
    assert found["GET /shop/<int:n>"].guards == ("flask_login.login_required",)
    assert found["POST /shop/"].guards == ()
    assert found["GET /admin/"].guards == ("check_admin",)


def test_checks_in_the_body_of_a_handler_count() -> None:
    found = routes(
        app="from flask import Flask, session, request\nfrom flask_jwt_extended import verify_jwt_in_request, create_access_token\n"
        "app = Flask(__name__)\n"
        "@app.get('/a')\ndef fa():\n    verify_jwt_in_request()\n"
        "@app.get('/b')\ndef fb():\n    if 'user' not in session:\n        return 1\n"
        "@app.post('/c')\ndef fc():\n    session['user'] = 1\n    return create_access_token(1)\n",
    )
    assert found["GET /a"].guards == ("flask_jwt_extended.verify_jwt_in_request",)
    assert found["GET /b"].guards == ("session",)
    assert found["POST /c"].guards == ()


def test_resources_as_classes_are_routes() -> None:
    found = routes(
        app="from flask import Flask\nfrom flask_restful import Api, Resource\nfrom flask_jwt_extended import jwt_required\n"
        "app = Flask(__name__)\napi = Api(app)\n"
        "class One(Resource):\n    @jwt_required()\n    def get(self, n): ...\n    def post(self): ...\n"
        "class Two(Resource):\n    method_decorators = [jwt_required()]\n    def get(self): ...\n"
        "api.add_resource(One, '/one/<n>')\napi.add_resource(Two, '/two')\n",
    )
    assert found["GET /one/<n>"].guards == ("flask_jwt_extended.jwt_required",)
    assert found["POST /one/<n>"].guards == ()
    assert found["GET /two"].guards == ("flask_jwt_extended.jwt_required",)


def test_django_is_read_with_patterns_mixins_and_defaults() -> None:
    found = routes(
        site__settings="REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated']}\n",
        site__urls="from django.urls import include, path\nurlpatterns = [path('shop/', include('shop.urls'))]\n",
        shop__urls="from django.urls import path\nfrom django.contrib.auth.decorators import login_required\nfrom . import views\n"
        "urlpatterns = [path('a', views.a), path('b/<int:pk>', views.B.as_view()), path('c', login_required(views.c)),\n"
        "  path('d', views.D.as_view()), path('e', views.E.as_view()), path('f', views.f)]\n",
        shop__views="from django.views import View\nfrom django.contrib.auth.mixins import LoginRequiredMixin\n"
        "from rest_framework.views import APIView\nfrom rest_framework.permissions import AllowAny\n"
        "from rest_framework.decorators import api_view, permission_classes\n"
        "def a(request): ...\nclass B(LoginRequiredMixin, View):\n    def get(self, request, pk): ...\ndef c(request): ...\n"
        "class D(APIView):\n    def post(self, request): ...\n"
        "class E(APIView):\n    permission_classes = [AllowAny]\n    def get(self, request): ...\n"
        "@api_view(['POST'])\n@permission_classes([AllowAny])\ndef f(request): ...\n",
    )
    assert found["GET /shop/a"].guards == ()
    assert found["GET /shop/b/<int:pk>"].guards == ("django.contrib.auth.mixins.LoginRequiredMixin",)
    assert found["GET /shop/c"].guards == ("django.contrib.auth.decorators.login_required",)
    assert found["POST /shop/d"].guards == ("rest_framework.permissions.IsAuthenticated",)
    assert found["GET /shop/e"].guards == ()
    assert found["POST /shop/f"].guards == ()
    assert found["POST /shop/f"].framework == "drf"


def test_viewsets_have_the_methods_of_their_bases() -> None:
    found = routes(
        urls="from rest_framework.routers import DefaultRouter\nfrom views import Things\nr = DefaultRouter()\nr.register('things', Things)\n",
        views="from rest_framework import viewsets\nfrom rest_framework.permissions import IsAdminUser\n"
        "class Base(viewsets.ModelViewSet):\n    permission_classes = [IsAdminUser]\nclass Things(Base):\n    queryset = 1\n",
    )
    assert set(found) == {f"{each} /things" for each in ("GET", "POST", "PUT", "PATCH", "DELETE")}
    assert found["GET /things"].guards == ("rest_framework.permissions.IsAdminUser",)
    assert not found["GET /things"].open_end
