from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from flask import Flask, request
from flask_cors import CORS, cross_origin

ORIGINS = ["*"]
api = FastAPI()
api.add_middleware(CORSMiddleware, allow_origins=ORIGINS, allow_credentials=True)  # BAD
other = FastAPI()
other.add_middleware(CORSMiddleware, allow_origin_regex=r"https?://.*", allow_credentials=True)  # BAD

site = Flask(__name__)
CORS(site, supports_credentials=True)  # BAD


@site.after_request
def open_up(reply):
    reply.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin")  # BAD
    reply.headers["Access-Control-Allow-Credentials"] = "true"
    return reply


@site.get("/me")
@cross_origin(origins="*", supports_credentials=True)  # BAD
def me():
    return {}
