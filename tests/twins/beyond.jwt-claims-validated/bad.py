import jwt
import requests
from jose import jwt as jose

KEY = open("public.pem").read()


def late(token):
    return jwt.decode(token, KEY, algorithms=["RS256"], audience="shop", options={"verify_exp": False})  # BAD


def anybodys(token):
    return jose.decode(token, KEY, algorithms=["RS256"], options={"verify_aud": False})  # BAD


def fetched(token):
    header = jwt.get_unverified_header(token)
    key = requests.get(header["jku"]).text  # BAD
    return jwt.decode(token, key, algorithms=["RS256"], audience="shop")


def from_file(token):
    header = jwt.get_unverified_header(token)
    with open("keys/" + header["kid"]) as stream:  # BAD
        return jwt.decode(token, stream.read(), algorithms=["RS256"], audience="shop")
