from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from exchanges import answer, api_of, ask, compiled, exchange, head
from ostiary.config import Override
from ostiary.model import Reply
from ostiary.parts.one_time_codes import is_code, means_code

ID = "account.otp-not-in-response"
JSON = ("content-type", "application/json")
CODE = "482913"


def replied(
    body: Any,
    *,
    role: str = "otp-send",
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (),
    asked: Any = None,
    media: str = "application/json",
    **settings: Any,
) -> Reply:
    plain: Any = {"requestBody": {"content": {"application/json": {}}}, "responses": {}}
    operations = {"POST /x": Override(role=role, controls={ID: settings})}  # type: ignore[arg-type]  # any role
    policy = compiled(api_of({"/x": {"post": plain}}), only=[ID], operations=operations)
    made = exchange(
        "POST", "/x", [JSON], json.dumps(asked if asked is not None else {"email": "ann@example.com"}).encode()
    )
    assert ask(policy, made) is None
    raw = body.encode() if media != "application/json" else json.dumps(body).encode()
    return answer(policy, made, status, [("content-type", media), ("content-length", str(len(raw))), *headers], raw)


def left(body: Any, **rest: Any) -> Any:
    return json.loads(replied(body, **rest).body)


@pytest.mark.parametrize("role", ["otp-send", "otp-verify", "login", "reset", "register"])
@pytest.mark.parametrize(
    "name", ["otp", "OTP", "otpCode", "verification_code", "verificationCode", "sms-code", "one_time_code", "pin", "passcode", "2fa_code", "debug_otp",
             "expectedCode", "email_verification_code", "loginCode", "auth_code", "OneTimePassword"[:7] + "Code"],
)  # fmt: skip
def test_a_code_leaves_under_none_of_its_names(role: str, name: str) -> None:
    assert left({"sent": True, name: CODE}, role=role) == {"sent": True, name: "[redacted]"}
    assert left({"data": [{name: int(CODE)}]}, role=role) == {"data": [{name: None}]}
    assert left({name: "A1B2C3"}, role=role, status=400) == {name: "[redacted]"}


@pytest.mark.parametrize("name", ["oneTimePassword", "one_time_password", "temporary_code", "tempCode"])
@pytest.mark.parametrize("value", [CODE, f"G-{CODE}", float(CODE), [CODE], {"value": CODE}])
def test_a_code_leaves_in_no_shape(name: str, value: Any) -> None:
    assert CODE not in replied({name: value}).body.decode()


def test_what_only_is_about_a_code_stays() -> None:
    document = {"otp": {"length": 6, "sent_to": "a@x.example", "expires_in": "3000"}, "totp": [], "temporary": True}
    assert left(document) == document


@pytest.mark.parametrize("role", ["otp-send", "reset", "register"])
def test_a_bare_code_in_a_success_of_an_operation_that_sends_one_is_it(role: str) -> None:
    assert left({"message": "sent", "code": CODE}, role=role) == {"message": "sent", "code": "[redacted]"}
    assert left({"message": "sent", "code": 482913}, role=role)["code"] is None
    assert left({"token": "0042"}, role=role)["token"] == "[redacted]"
    assert left(CODE, role=role) == "[redacted]"
    assert left(482913, role=role) == "[redacted]"


def test_hashes_and_codings_of_a_code_are_the_code() -> None:
    for how in ("md5", "sha1", "sha256", "sha512"):
        shown = left({"otp": hashlib.new(how, CODE.encode()).hexdigest(), "otp_hash": "anything", "codeHash": "x"})
        assert shown == {"otp": "[redacted]", "otp_hash": "[redacted]", "codeHash": "[redacted]"}, how
    assert left({"verification_code": base64.b64encode(CODE.encode()).decode()}) == {"verification_code": "[redacted]"}


@pytest.mark.parametrize(
    "text",
    [
        "Your code is 482913",
        "OTP: 482913",
        "482913 is your verification code",
        "Use code 482913 to sign in",
        "Dein Code: 482913",
        "PIN=4829",
    ],
)
def test_a_sentence_does_not_tell_it_either(text: str) -> None:
    assert CODE[:4] not in left({"message": text, "errors": [{"detail": text}]})["message"]
    assert CODE[:4] not in replied(text, media="text/plain").body.decode()
    assert replied(CODE, media="text/plain").body == b"[redacted]"


@pytest.mark.parametrize(
    "document",
    [
        {"status": 200, "code": 200, "message": "ok"}, {"code": 20000, "msg": "ok", "data": {"sent": True}}, {"code": "OTP_SENT"}, {"code": "sent"},
        {"challenge": "3f2b1a90-1111-4222-8333-444455556666", "expires_in": 300, "otp_length": 6, "otp_expires_at": 1700000000},
        {"country_code": 4912, "zip_code": "10115", "postal_code": 10115, "phone": "+491701234567", "masked": "***1234"},
        {"otp_required": True, "otp": None, "otp_type": "totp", "otp": "SENT", "code_sent_to": "ann@example.com", "resend_after": 6000},  # noqa: F601
        {"token": "b2xkLWFuZC1sb25nLW9wYXF1ZS12YWx1ZQ", "verification_token": "opaque-and-long-enough-to-be-a-handle"},
        {"verification_id": "123456", "request_id": 482913, "message": "The code expires in 3600 s; code sent to +4917012345678", "attempts": 10000},
        {"secret": "JBSWY3DPEHPK3PXP", "otpauth_url": "otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&digits=6", "recovery_codes": ["12345678"]},
        {"verification_uri": "https://example.com/device", "verification_url": "https://example.com/verify", "error_code": 40012},
        [1, 2, 482913], {"pin": True}, {"pins": 4000}, None,
    ],
)  # fmt: skip
def test_other_digits_and_handles_stay(document: Any) -> None:
    body = json.dumps(document)
    assert replied(document).body == body.encode()


def test_an_error_of_its_own_may_have_a_code() -> None:
    document = {"code": 40012, "error": "too many"}
    assert left(document, status=429) == document


@pytest.mark.parametrize("role", ["reset", "register"])
def test_what_a_mail_would_bring_does_not_come_here(role: str) -> None:
    link = "https://example.com/reset?token=abcdef0123456789abcdef"
    document = {
        "reset_token": "opaque-token",
        "reset_link": link,
        "activationUrl": "https://example.com/activate/abcdef0123456789",
    }
    assert set(left(document, role=role).values()) == {"[redacted]"}
    proven = {"email": "ann@example.com", "code": CODE}
    assert left({"reset_token": "opaque-token"}, role=role, asked=proven) == {"reset_token": "opaque-token"}
    assert left({"reset_token": "x"}, role=role, status=400) == {"reset_token": "x"}


def test_a_session_after_a_reset_is_no_reset_token() -> None:
    confirming = {"token": "from-the-mail", "password": "new"}
    assert left({"token": "session"}, role="reset", asked=confirming) == {"token": "session"}
    assert left({"token": "session"}, role="register") == {"token": "session"}
    assert left({"token": "the-mails"}, role="reset") == {"token": "[redacted]"}


def test_header_fields_cookies_and_redirects_are_looked_at() -> None:
    headers = (
        ("X-OTP", CODE), ("x-verification-code", CODE), ("x-request-id", CODE), ("set-cookie", f"otp={CODE}; Path=/"), ("set-cookie", "sid=482913"),
        ("location", f"/verify?code={CODE}&next=%2Fhome&otp=999999"),
    )  # fmt: skip
    reply = replied({}, headers=headers, status=302)
    assert (head(reply, "x-otp"), head(reply, "x-verification-code"), head(reply, "x-request-id")) == (None, None, CODE)
    assert [value for name, value in reply.headers if name == b"set-cookie"] == [b"sid=482913"]
    assert head(reply, "location") == "/verify?next=%2Fhome"
    kept = "/callback?code=SplxlOBeZQQYbYS6WxSbIA&state=1#x"
    assert head(replied({}, headers=(("location", kept),), status=302), "location") == kept


def test_a_policy_may_know_better() -> None:
    assert left({"pin": "1234"}, show=["pin"]) == {"pin": "1234"}
    assert left({"c": 7}, hide=["c"]) == {"c": None}


def test_operations_without_a_role_are_left_alone() -> None:
    body = json.dumps({"otp": CODE}).encode()
    policy = compiled(api_of({"/x": {"get": {"responses": {}}}}), only=[ID])
    assert answer(policy, exchange("GET", "/x"), 200, [JSON], body).body == body


def test_unreadable_json_is_refused() -> None:
    policy = compiled(
        api_of({"/x": {"post": {"responses": {}}}}), only=[ID], operations={"POST /x": Override(role="otp-send")}
    )
    assert answer(policy, exchange("POST", "/x"), 200, [JSON], b'{"otp": "482913"').status == 502
    assert answer(policy, exchange("POST", "/x"), 200, [JSON], b" ").status == 200


def test_names_and_values() -> None:
    assert [
        name
        for name in (
            "status_code",
            "codec",
            "opinion",
            "spinner",
            "code",
            "source_code",
            "error_code",
            "pincode_length",
        )
        if means_code(name)
    ] == []
    values: list[Any] = [True, None, 12, 99999999999, "", "abc", "ABC", "SENT", "hello", "12", [], "xyzzyx"]
    assert [value for value in values if is_code(value)] == []
