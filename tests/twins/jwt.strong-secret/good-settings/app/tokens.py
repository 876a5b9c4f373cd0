import jwt

from app.config import settings


def issue(user):
    key = settings.jwt_key.get_secret_value()
    return jwt.encode({"sub": user.id, "exp": user.until}, key, algorithm="HS256")
