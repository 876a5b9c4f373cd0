"""security.txt as RFC 9116 has it, and as another reader of it agrees."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from pathlib import Path

import pytest

from ostiary.parts.security_txt import fault

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC).timestamp()
SOON = (dt.datetime.now(dt.UTC) + dt.timedelta(days=100)).strftime(
    "%Y-%m-01T00:00:00Z"
)  # the same for all processes of a run
CONTACT = "Contact: mailto:security@example.com\n"
GOOD = [
    f"{CONTACT}Expires: {SOON}\n",
    f"# ours\n\nContact: https://example.com/report\nExpires: {SOON}\nPreferred-Languages: en, de\n",
    f"Expires: {SOON}\r\n{CONTACT}".replace("\n", "\r\n").replace("\r\r", "\r"),
    f"{CONTACT}Contact: tel:+1-201-555-0123\nExpires: {SOON}\nPolicy: https://example.com/policy\n",
]
BAD = {
    "": ("no Contact", 0),
    f"Expires: {SOON}\n": ("no Contact", 0),
    CONTACT: ("no Expires", 0),
    f"Contact: security@example.com\nExpires: {SOON}\n": ("not a URI", 1),
    f"Contact: http://example.com/report\nExpires: {SOON}\n": ("clear-text", 1),
    f"{CONTACT}Expires: 2020-01-01T00:00:00Z\n": ("has expired", 2),
    f"{CONTACT}Expires: tomorrow\n": ("not a date", 2),
    f"{CONTACT}Expires: 2027-13-01T00:00:00Z\n": ("no date of the calendar", 2),
    f"{CONTACT}Expires: {SOON}\nExpires: {SOON}\n": ("Expires twice", 3),
    f"{CONTACT}hello\nExpires: {SOON}\n": ("neither a field nor a comment", 2),
}
ORACLE = """
import json, sys
from sectxt import Parser
for text in json.load(sys.stdin):
    print(len(Parser(text.encode().replace(b"\\r\\n", b"\\n").replace(b"\\n", b"\\r\\n")).errors))
"""


@pytest.mark.parametrize("text", GOOD)
def test_a_sound_file_has_no_fault(text: str) -> None:
    assert fault(text, NOW) is None


@pytest.mark.parametrize("text", BAD)
def test_a_fault_is_named_with_its_line(text: str) -> None:
    found = fault(text, NOW)
    what, line = BAD[text]
    assert found is not None
    assert what in found.what
    assert found.line == line


def test_a_signed_file_is_read_inside_its_signature() -> None:
    text = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{CONTACT}Expires: never\n-----BEGIN PGP SIGNATURE-----\nx\n"
    found = fault(text, NOW)
    assert found is not None
    assert (found.what, found.line) == ("Expires in security.txt is not a date and time of RFC 3339", 5)


@pytest.mark.live
def test_another_reader_agrees() -> None:
    venvs = Path(os.environ.get("OSTIARY_LIVE_VENVS", Path(__file__).parents[2] / ".venv-live"))
    python = venvs / "oracles" / "bin" / "python"
    if not python.exists():
        pytest.skip("sectxt is not there: make live")
    texts = [*GOOD, *BAD]
    done = subprocess.run(
        [python, "-c", ORACLE], input=json.dumps(texts), capture_output=True, text=True, timeout=60, check=True
    )
    errors = [int(each) for each in done.stdout.split()]
    assert [bool(each) for each in errors] == [
        fault(each, dt.datetime.now(dt.UTC).timestamp()) is not None for each in texts
    ]
