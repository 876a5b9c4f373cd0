import os
from datetime import UTC, datetime, timedelta

import jwt

KEY = os.environ["JWT_KEY"]


def issue(user):
    claims = {"sub": str(user.id), "exp": datetime.now(UTC) + timedelta(minutes=10), "password": user.password}
    return jwt.encode(claims, KEY, algorithm="HS256")  # BAD


def patient_token(patient):
    claims = {"sub": str(patient.id), "exp": datetime.now(UTC) + timedelta(minutes=10)}
    claims["ssn"] = patient.ssn
    return jwt.encode(claims, KEY, algorithm="HS256")  # BAD
