from fastapi.testclient import TestClient
from app.main import app


def test_a_stranger_is_refused():
    assert TestClient(app).get("/parcels/1").status_code == 401
