from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from flask import Flask, request
from flask_cors import CORS

from .settings import settings

api = FastAPI()
api.add_middleware(CORSMiddleware, allow_origins=["https://shop.example"], allow_credentials=True)
public = FastAPI()
public.add_middleware(CORSMiddleware, allow_origins=["*"])  # public data, no cookies
third = FastAPI()
third.add_middleware(CORSMiddleware, allow_origin_regex=r"https://[a-z]+\.shop\.example", allow_credentials=True)
fourth = FastAPI()
fourth.add_middleware(CORSMiddleware, allow_origins=settings.origins, allow_credentials=True)

site = Flask(__name__)
CORS(site, origins=["https://shop.example"], supports_credentials=True)
CORS(Flask("open"))


@site.after_request
def vary(reply):
    if request.headers.get("Origin") == "https://shop.example":
        reply.headers["Access-Control-Allow-Origin"] = "https://shop.example"
    return reply
