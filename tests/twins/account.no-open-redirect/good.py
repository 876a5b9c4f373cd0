from django.shortcuts import redirect as go
from django.utils.http import url_has_allowed_host_and_scheme
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from flask import Flask, redirect, request, url_for

app = Flask(__name__)
api = FastAPI()
FRONT_END = "https://shop.example.com"
PLACES = ("/orders", "/basket")


@app.post("/login")
def login():
    following = request.args.get("next", "/")
    if following not in PLACES:
        following = "/"
        return redirect("/")
    return redirect(following)


@app.get("/old/<int:number>")
def old(number):
    return redirect(url_for("login", number=number))


@api.get("/search")
def search(q: str):
    return RedirectResponse(f"{FRONT_END}/search?q={q}")


@api.get("/item/{name}")
def item(name: str):
    return RedirectResponse(f"/items/{name}")


def done(request):
    target = request.GET["next"]
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    return go(target)
