"""Examples that senders publish, with their own secrets and signatures; the rest is computed anew."""

from __future__ import annotations

import pytest

from ostiary.parts.webhooks import SCHEMES, Form, Signed, genuine, name_of, of_form, standard_key

SLACK = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121"
    b".803a0bc887a14d10d2c447fce8b6703c"
)
PUBLISHED = [
    (
        "standard-webhooks",  # the reference libraries' tests
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        b'{"test": 2432232314}',
    ),
    (
        "github",  # "Validating webhook deliveries"
        "It's a Secret to Everybody",
        {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        b"Hello, World!",
    ),
    (
        "slack",  # "Verifying requests from Slack"
        "8f742231b10e8888abcd99yyyzzz85a5",
        {
            "x-slack-request-timestamp": "1531420618",
            "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        },
        SLACK,
    ),
]


@pytest.mark.parametrize(("name", "secret", "head", "body"), PUBLISHED, ids=[each[0] for each in PUBLISHED])
def test_published_examples_are_genuine_and_altered_ones_are_not(
    name: str, secret: str, head: dict[str, str], body: bytes
) -> None:
    scheme = SCHEMES[name]
    signed = scheme.claims(head.get)
    assert signed is not None
    keys = [scheme.key(secret)]
    assert genuine(scheme, keys, signed, body)
    assert not genuine(scheme, keys, signed, body + b" ")
    assert not genuine(scheme, [keys[0] + b"x"], signed, body)
    assert genuine(scheme, [b"an older one", *keys], signed, body)
    assert (signed.made is not None) == scheme.timed


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("standard-webhooks", {"webhook-id": "a", "webhook-timestamp": "1e9", "webhook-signature": "v1,AAAA"}),
        ("standard-webhooks", {"webhook-id": "a", "webhook-timestamp": "-1", "webhook-signature": "v1,AAAA"}),
        ("standard-webhooks", {"webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}),
        ("github", {"x-hub-signature": "sha1=7fd784aef76a0f1e6d6f5f9f3e1b1f3f6e0fd5b3"}),
        ("github", {"x-hub-signature-256": "757107ea"}),
        ("stripe", {"stripe-signature": "v1=aa"}), ("stripe", {"stripe-signature": "t=1,t=2,v1=aa"}), ("stripe", {}),
        ("slack", {"x-slack-signature": "v0=aa"}), ("slack", {"x-slack-request-timestamp": "1", "x-slack-signature": "aa"}),
        ("shopify", {}),
    ],
)  # fmt: skip
def test_a_head_that_claims_nothing_is_not_signed(name: str, head: dict[str, str]) -> None:
    assert SCHEMES[name].claims(head.get) is None


def test_only_signatures_of_the_kind_that_is_verified_count() -> None:
    head = {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1a,AAAA v1,!! v2,AAAA v1,AAAA"}
    assert SCHEMES["standard-webhooks"].claims(head.get) == Signed([b"\0\0\0"], b"a.1.", 1.0)
    head = {"stripe-signature": "t=1,v1=00,v0=01,v1=02,v1=zz"}
    assert SCHEMES["stripe"].claims(head.get) == Signed([b"\0", b"\x02"], b"1.", 1.0)


def test_a_delivery_keeps_its_name_however_its_signature_is_written() -> None:
    one, two = Signed([b"a", b"b"], b"1.", 1.0), Signed([b"b"], b"1.", 1.0)
    assert name_of(one, b"x") == name_of(two, b"x")
    assert len({name_of(one, b"x"), name_of(one, b"y"), name_of(Signed([b"a"], b"2.", 1.0), b"x")}) == 3


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!", "whsec_AAAA", "plain text"])
def test_a_secret_that_is_none_is_said_so(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        standard_key(secret)


@pytest.mark.parametrize(
    "form",
    [
        Form("x-sig", signed="{timestamp}.{body}"),  # and no header for it
        Form("x-sig", timestamp_header="x-time"),  # which nothing signs
        Form("x-sig", id_header="x-id"),
        Form("x-sig", signed="{body}.x"), Form("x-sig", signed="x"), Form(""),
    ],
)  # fmt: skip
def test_a_description_that_proves_nothing_is_refused(form: Form) -> None:
    with pytest.raises(ValueError, match=r"needed|go together"):
        of_form(form)
