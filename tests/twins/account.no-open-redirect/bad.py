from django.http import HttpResponseRedirect
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from flask import Flask, redirect, request

app = Flask(__name__)
api = FastAPI()


@app.post("/login")
def login():
    following = request.args.get("next") or "/"
    return redirect(following)  # BAD


@api.get("/out")
def out(to: str):
    return RedirectResponse(to)  # BAD


def done(request):
    return HttpResponseRedirect("https://" + request.GET["host"] + "/done")  # BAD
