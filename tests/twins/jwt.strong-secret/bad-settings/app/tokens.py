import jwt

from app.config import settings


def issue(user):
    return jwt.encode({"sub": user.id, "exp": user.until}, settings.jwt_key, algorithm="HS256")
