import jwt
import requests


def current_user(request):
    token = request.headers["Authorization"][7:]
    reply = requests.post("https://id.example.com/introspect", data={"token": token}, timeout=5)
    if reply.status_code != 200:
        raise PermissionError
    return jwt.decode(token, options={"verify_signature": False})["sub"]
