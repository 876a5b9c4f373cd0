"""Published files and live-looking keys are found; examples, test keys and public keys are not."""

from __future__ import annotations

import pytest

from exchanges import api_of
from inside import audited, replying
from ostiary.evidence import Asked
from ostiary.model import Finding, Outcome, Severity
from ostiary.parts.seen import exposed

SECRETS = "beyond.secret-scanning"
API = api_of({"/items": {"get": {"responses": {}}}})
TEXT = ("content-type", "text/plain")
HTML = ("content-type", "text/html")
# Put together here, so that no scanner of this repository takes them for real ones.
STRIPE = "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"
GITHUB = "gh" + "p_" + "aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW3xY5zA7"
SLACK = "https://hooks." + "slack.com/services/T01AB2CD3EF/B04GH5IJ6KL/m7N8o9P0q1R2s3T4u5V6w7X8"


def found(pages: dict[str, str], *, otherwise: tuple[int, str] = (404, "none")) -> Finding:
    def answering(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        status, text = (200, pages[asked.target]) if asked.target in pages else otherwise
        return status, [HTML if text.startswith("<") else TEXT], text.encode()

    return audited(SECRETS, replying(answering), API)


@pytest.mark.parametrize(
    ("path", "content", "severity"),
    [
        ("/.env", "APP_ENV=production\nDB_PASSWORD=tR7v9qKz2mB4\n", None),
        ("/.env", "APP_ENV=production\nAPP_URL=https://shop.test\n", Severity.HIGH),
        ("/.git/HEAD", "ref: refs/heads/main\n", Severity.HIGH),
        ("/.git/config", "[core]\n\tbare = false\n[remote]\n\turl = https://bot:q9Zt7vK2mB@git.test/a.git\n", None),
        (
            "/.aws/credentials",
            "[default]\naws_secret_access_key = " + "wJ8rXUtnFEMI7K7MDENGbPxRfiCYzQ3kLpT5vB2N\n",
            None,
        ),
        ("/.htpasswd", "admin:$apr1$ab12cd34$ZxCvBnMaSdFgHjKlQwErT0\n", None),
        ("/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n", None),
        ("/", f'<script src="/app.js"></script><p>{GITHUB}', None),
    ],
)
def test_published_files_are_found(path: str, content: str, severity: Severity | None) -> None:
    finding = found({path: content})
    assert finding.outcome is Outcome.FAIL
    assert finding.severity is severity
    assert path in finding.why


def test_keys_in_scripts_and_their_maps_are_found_and_never_shown() -> None:
    pages = {
        "/": '<html><script src="app.js"></script>',
        "/app.js": f'pay("{STRIPE}")\n//# sourceMappingURL=app.js.map',
        "/app.js.map": '{"version":3,"sourcesContent":["hook(' + f"'{SLACK}'" + ')"]}',
    }
    finding = found(pages)
    assert finding.outcome is Outcome.FAIL
    assert {each.where for each in finding.evidence} == {"GET /app.js", "GET /app.js.map"}
    assert STRIPE not in repr(finding)
    assert SLACK not in repr(finding)


def test_nothing_published_passes() -> None:
    assert found({}).outcome is Outcome.PASS


@pytest.mark.parametrize(
    "text",
    [
        "pk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "sk_" + "test_4eC39HqLyjWDarjtT1zdp7dc",
        "AKIAIOSFODNN7EXAMPLE",
        "AIza" + "SyD4kfj38fjdkLfj39fjdkfj39fjdkfj3",
        "gh" + "p_" + "x" * 36,
        "postgresql://user:password@host/db",
        "postgres://app:${DB_PASSWORD}@db/shop",
        "postgres://app:tR7v9qKz2mB4@localhost/shop",
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "/static/js/main.3f2a91bc44d1e77a.js integrity=sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8KuxyWv0kEzQ1f",
    ],
)
def test_public_test_and_example_keys_are_none(text: str) -> None:
    assert exposed.keys(text) == []
    assert found({"/": f"<p>{text}"}).outcome is Outcome.PASS


def test_a_page_for_everything_is_no_published_file() -> None:
    page = "<html><title>Shop</title>DB_PASSWORD=tR7v9qKz2mB4\nA_B=c\n</html>"
    assert found({}, otherwise=(200, page)).outcome is Outcome.PASS
    plain = "MODE=on\nDB_PASSWORD=tR7v9qKz2mB4\n"  # one answer for every path
    assert found({}, otherwise=(200, plain)).outcome is Outcome.PASS


def test_settings_that_are_public_by_name_are_no_secrets() -> None:
    env = exposed.environment(
        "NEXT_PUBLIC_API_KEY=abcDEF123ghi\nVITE_TOKEN=abcDEF123ghi\nSTRIPE_SECRET_KEY=sk_test_4eC39HqL\n"
    )
    assert env is not None
    assert not env.grave
