"""Replies in the manner of well-known APIs leave byte for byte: who adds a recogniser that changes one argues with this file.

The shapes are those of public documentation, the values are made up.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from exchanges import answer, compiled, exchange

HEX = "0123456789abcdef" * 4
B64 = "QWxhZGRpbjpvcGVuIHNlc2FtZQ" * 6
ONLY = ("output.no-sensitive-data", "output.status-codes", "account.no-open-redirect", "account.cookie-flags", "jwt.no-sensitive-claims",
        "account.otp-not-in-response")  # fmt: skip
REPLIES: dict[str, Any] = {
    "github user": {"login": "octocat", "id": 583231, "node_id": "MDQ6VXNlcjU4MzIzMQ==", "gravatar_id": "", "type": "User", "site_admin": False,
                    "avatar_url": "https://avatars.example.com/u/583231?v=4", "two_factor_authentication": True, "plan": {"name": "pro", "private_repos": 20}},
    "github commit": {"sha": HEX[:40], "commit": {"message": "Rotate the token and the password policy", "verification": {"verified": True, "reason": "valid",
                      "signature": "-----BEGIN PGP SIGNATURE-----\n\n" + B64 + "\n-----END PGP SIGNATURE-----"}}, "parents": [{"sha": HEX[1:41]}]},
    "github deploy key": {"id": 1, "key": "ssh-rsa AAAAB3NzaC1yc2E" + B64, "title": "octocat@octomac", "read_only": True},
    "github public key for secrets": {"key_id": "012345678912345678", "key": "2Sg8iYjAxxmI2LvUXpJjkYrMxURPc8r+dB7TJyvv1234"},
    "stripe customer": {"id": "cus_NffrFeUfNV2Hib", "object": "customer", "default_source": None, "invoice_prefix": "0759376C", "livemode": False,
                        "invoice_settings": {"default_payment_method": None}, "created": 1680893993, "phone": "+14155550100"},
    "stripe card": {"id": "pm_1Q0PsIJvEtkwdCNYMSaVuRz6", "type": "card", "card": {"brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2026,
                    "fingerprint": "mToisGZ01V71BCos", "checks": {"cvc_check": "pass"}, "wallet": None, "networks": {"available": ["visa"]}}},
    "stripe ephemeral": {"id": "evt_1", "request": {"id": None, "idempotency_key": "00000000-0000-4000-8000-000000000000"}, "pending_webhooks": 0},
    "twilio message": {"sid": "SM" + HEX[:32], "account_sid": "AC" + HEX[:32], "messaging_service_sid": None, "body": "Hi there", "num_segments": "1",
                       "to": "+15558675310", "from": "+15017122661", "price": None, "uri": "/2010-04-01/Accounts/AC" + HEX[:32] + "/Messages/SM1.json"},
    "slack users": {"ok": True, "members": [{"id": "W012A3CDE", "team_id": "T012AB3C4", "profile": {"avatar_hash": "ge3b51ca72de", "status_text": "Print is dead"},
                    "has_2fa": False}], "cache_ts": 1498777272, "response_metadata": {"next_cursor": "dXNlcjpVMEc5V0ZYTlo="}},
    "openid discovery": {"issuer": "https://id.example.com", "token_endpoint": "https://id.example.com/token", "token_endpoint_auth_methods_supported":
                         ["client_secret_basic", "private_key_jwt"], "claims_supported": ["sub", "email"], "code_challenge_methods_supported": ["S256"]},
    "jwks": {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": HEX[:40], "n": B64, "e": "AQAB", "x5c": ["MII" + B64], "x5t": "NjVBRjY5MDlCMUIwNzU4RTA2"},
             {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]},
    "userinfo": {"sub": "248289761001", "name": "Jane Doe", "given_name": "Jane", "email": "janedoe@example.com", "email_verified": True, "phone_number": "+1 (310) 123-4567"},
    "kubernetes pods": {"kind": "PodList", "metadata": {"resourceVersion": "10245", "continue": "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MTAyNDV9"},
                        "items": [{"spec": {"volumes": [{"name": "kube-api-access", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
                        {"secret": {"secretName": "db"}}], "automountServiceAccountToken": True, "containers": [{"env": [{"name": "DB_PASSWORD",
                        "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}], "image": "app@sha256:" + HEX}]}}]},
    "shopify order": {"order": {"id": 450789469, "order_number": 1001, "checkout_token": "bd5a8aa1ecd019dd3520ff791ee3a24c", "token": "b1946ac92492d2347c6235b4d2611184",
                      "reference": "fhwdgads", "payment_gateway_names": ["bogus"], "total_price": "598.94", "customer_locale": "en", "number": 1,
                      "payment_details": {"credit_card_bin": None, "avs_result_code": None, "cvv_result_code": None, "credit_card_number": "•••• •••• •••• 4242",
                      "credit_card_company": "Visa"}, "note_attributes": [{"name": "colour", "value": "red"}]}},
    "paypal order": {"id": "5O190127TN364715T", "status": "CREATED", "links": [{"href": "https://api.example.com/v2/checkout/orders/5O190127TN364715T", "rel": "self"}],
                     "payment_source": {"card": {"last_digits": "1111", "expiry": "2027-02", "brand": "VISA"}}},
    "npm package": {"name": "a", "dist": {"integrity": "sha512-" + B64[:86] + "==", "shasum": HEX[:40], "signatures": [{"keyid": "SHA256:" + B64[:43], "sig": "MEUCIQ" + B64[:80]}]}},
    "pypi file": {"digests": {"md5": HEX[:32], "sha256": HEX, "blake2b_256": HEX}, "size": 123456, "url": "https://files.example.org/packages/" + HEX},
    "docker manifest": {"schemaVersion": 2, "config": {"digest": "sha256:" + HEX, "size": 7023}, "layers": [{"digest": "sha256:" + HEX[::-1]}]},
    "elastic hits": {"took": 5, "hits": {"total": {"value": 10000, "relation": "gte"}, "hits": [{"_id": "2sX4kX8Bq", "_score": 1.5, "_source": {"user_agent": "curl"}}]},
                     "_scroll_id": "FGluY2x1ZGVfY29udGV4dF91dWlkDXF1ZXJ5QW5kRmV0Y2g" + B64[:40]},
    "orders with long numbers": {"orders": [{"id": n, "order_number": str(4111111111111111 + n), "tracking": "9400100000000000000000", "imei": "490154203237518",
                                 "ean": "4006381333931", "isbn": "978-3-16-148410-0", "placed": 1700000000000 + n} for n in range(20)]},
    "bank account": {"iban": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFFXXX", "account_number": "4111111111111111", "sort_code": "20-00-00", "balance": 12.5},
    "masked card": {"card_number": "411111******1111", "cardNumber": "XXXX-XXXX-XXXX-1111", "pan": "****1111", "card": {"number": "4111 11** **** 1111", "expiry": "12/29"}},
    "phones": {"phones": ["+49 170 1234567", "(415) 555-0100", "00 44 20 7946 0958", "4155-550-1000-1234", "1800 4111 1111"]},
    "django page": {"count": 2, "next": "https://api.example.com/users/?cursor=cD0yMDI0&page_size=2", "results": [{"username": "ann", "last_login": None, "password_changed": "2026-01-01"}]},
    "settings": {"password_policy": {"min_length": 12}, "password_required": True, "secret_name": "db", "token_type": "Bearer", "tokens_used": 512, "api_keys_count": 3,
                 "pin_code_required": False, "otp_enabled": True, "session_timeout": 3600, "passwordless": "enabled", "csrf_token": HEX[:32]},
    "openai usage": {"id": "chatcmpl-" + B64[:24], "usage": {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21}, "system_fingerprint": "fp_44709d6fcb",
                     "choices": [{"message": {"content": "Store it hashed: never keep a password in clear text. Use $2b$ hashes (bcrypt), cost 12; see `{SSHA}`."}}]},
    "forum post": {"title": "Why is my JWT invalid?", "body": "I paste eyJhbGciOiJIUzI1NiJ9 and get 401. My DSN is postgres://localhost/db, price $5, mail me: a@b.example"},
    "s3 url": {"url": "https://b.s3.example.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=" + HEX + "&X-Amz-Expires=300&X-Amz-Date=20261122T000000Z"},
    "signed storage url": {"signedURL": "/object/sign/a.png?token=eyJhbGciOiJIUzI1NiJ9.eyJ1cmwiOiJhLnBuZyIsImV4cCI6MTcwMDAwMDAwMH0." + "A" * 43},
    "firebase config": {"apiKey": None, "authDomain": "a.firebaseapp.com", "projectId": "a", "appId": "1:65211879909:web:3ae38ef1cdcb2e01fe5f0c"},
    "maps key": {"maps": {"key": "AIza" + B64[:35]}, "stripe": {"publishable_key": "pk_live_" + B64[:24]}, "recaptcha_site_key": "6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI"},
    "fhir patient": {"resourceType": "Patient", "identifier": [{"system": "urn:oid:1.2.36.146.595.217.0.1", "value": "12345"}], "telecom": [{"value": "(03) 5555 6473"}]},
    "geo": {"type": "FeatureCollection", "features": [{"geometry": {"coordinates": [-122.4194155123456, 37.7749295123456]}, "id": "poi.4111111111111111"}]},
    "weather": {"main": {"temp": 298.48, "pressure": 1015}, "dt": 1661870592, "cod": 200, "code": 200, "timezone": 7200},
    "numbers": [4111111111111111, 5555555555554444, 1.7e308, -0.0, 12345678901234567890],
    "deep": {"a": [[[[[{"b": [{"c": None}]}]]]]]},
    "passkey options": {"challenge": B64[:43], "rp": {"id": "example.com", "name": "Example"}, "pubKeyCredParams": [{"alg": -7, "type": "public-key"}], "excludeCredentials": []},
    "graphql error": {"data": None, "errors": [{"message": 'Cannot query field "password" on type "User".', "locations": [{"line": 1, "column": 3}]}]},
    "validation error": {"errors": {"password": ["This password is too short."], "card_number": ["Enter a valid card number."], "token": ["Required."]}},
}  # fmt: skip


@pytest.mark.parametrize("name", REPLIES)
@pytest.mark.parametrize("indent", [None, 2])
def test_an_ordinary_reply_leaves_byte_for_byte(name: str, indent: int | None) -> None:
    body = json.dumps(REPLIES[name], indent=indent, ensure_ascii=indent is None).encode()
    status = 422 if name == "validation error" else 200
    reply = answer(
        compiled(only=ONLY), exchange("GET", "/things/1"), status, [("content-type", "application/json")], body
    )
    assert reply.body == body
    assert reply.status == status


@pytest.mark.parametrize(
    ("media", "text"),
    [
        (
            "text/html",
            "<html><input name=password type=password><p>Your password must have 12 characters. Card 4111 11** **** 1111</p></html>",
        ),
        ("text/csv", "id,iban,card\n1,DE89 3704 0044 0532 0130 00,**** 1111\n2,$5,4111111111111112\n"),
        (
            "text/plain",
            f"sha256:{HEX}\n-----BEGIN CERTIFICATE-----\n{B64}\n-----END CERTIFICATE-----\nssh-rsa AAAA{B64}\n",
        ),
        (
            "application/xml",
            "<user><password_required>true</password_required><password/><name>Pass</name><pwd>  </pwd></user>",
        ),
        (
            "application/atom+xml",
            "<feed><title>Passwords are over</title><updated>2026-11-22T10:00:00Z</updated></feed>",
        ),
    ],
)
def test_an_ordinary_text_leaves_byte_for_byte(media: str, text: str) -> None:
    body = text.encode()
    headers = [("content-type", media), ("content-length", str(len(body)))]
    assert answer(compiled(only=ONLY), exchange("GET", "/things/1"), 200, headers, body).body == body
