"""The demo: what is open before is closed after, what is not is named, and nothing is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from mortal import mortal
from ostiary.demo import careless, loop
from ostiary.demo.attacks import ATTACKS
from ostiary.demo.faults import FAULTS
from ostiary.model import Outcome, Severity

ENVIRONMENT = {**os.environ, "COLUMNS": "80"}


def row(control: str, before: Outcome, after: Outcome, *, guarded: bool = True) -> loop.Row:
    return loop.Row(control, Severity.HIGH.value, before, after, guarded)


CLOSED = row("a.closed", Outcome.FAIL, Outcome.PASS)
OPEN = row("b.open", Outcome.FAIL, Outcome.UNKNOWN)
NOT_OURS = row("c.not-ours", Outcome.FAIL, Outcome.FAIL, guarded=False)
WAITING = row("people.report-channel", Outcome.FAIL, Outcome.FAIL, guarded=False)
BROKEN = row("d.broken", Outcome.PASS, Outcome.FAIL)
FINE = row("e.fine", Outcome.UNKNOWN, Outcome.PASS)


@pytest.mark.parametrize(
    ("each", "is_open"), [(CLOSED, False), (OPEN, True), (NOT_OURS, False), (BROKEN, True), (FINE, False)]
)
def test_only_what_the_gateway_should_have_closed_is_open(each: loop.Row, is_open: bool) -> None:  # noqa: FBT001 - a case
    assert each.open is is_open


def test_the_verdict_names_what_did_not_close() -> None:
    said = loop.verdict([CLOSED, OPEN, NOT_OURS, WAITING, BROKEN, FINE], ["x.written"])
    assert said.splitlines() == [
        "1 of 4 failures closed by the gateway.",
        "Still open: b.open.",
        "Failing only behind the gateway: d.broken.",
        "Waiting for a setting (ostiary explain ID): people.report-channel.",
        "Not the gateway's to close: c.not-ours.",
        "Wrong in the document itself: x.written.",
    ]


def test_the_table_aligns() -> None:
    lines = loop.table([CLOSED, NOT_OURS]).splitlines()
    assert [line.index("high") for line in lines[1:]] == [lines[0].index("SEVERITY")] * 2


def test_the_shop_ends_with_whoever_started_it() -> None:
    with loop.shop("none") as url, urllib.request.urlopen(f"{url}/items", timeout=5) as reply:
        assert reply.status == 200
        assert "server" not in reply.headers
    with pytest.raises(OSError, match=r"refused|reset"):
        urllib.request.urlopen(f"{url}/items", timeout=5)


def test_a_shop_forgets_when_it_is_told_to() -> None:
    with loop._running("none") as (url, forget):
        given = b'{"name": "Left behind", "price": 1}'
        offer = urllib.request.Request(f"{url}/items", given, {"content-type": "application/json"})
        urllib.request.urlopen(offer, timeout=5).close()
        assert b"Left behind" in listed(url)
        forget()
        assert b"Left behind" not in listed(url)
        assert b"lamp" in listed(url)


def listed(url: str) -> bytes:
    with urllib.request.urlopen(f"{url}/items", timeout=5) as reply:
        return bytes(reply.read())


def test_a_shop_that_cannot_start_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TimeoutError, match="did not start"), loop.shop("no.such-switch"):
        pass
    assert "no such switch" in capfd.readouterr().err


def demo(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ostiary", "demo", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=tmp_path, env=ENVIRONMENT, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )


def ctrl_c(process: subprocess.Popen[str]) -> None:
    """As a terminal does it: to everything in the foreground."""
    os.killpg(process.pid, signal.SIGINT)


def test_the_loop_closes_and_runs_until_ctrl_c(tmp_path: Path) -> None:
    with mortal(demo(tmp_path)) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip())
            if "Ctrl-C" in line:
                break
        text = "\n".join(lines)
        urls = dict.fromkeys(word.rstrip(",.") for word in text.split() if word.startswith("http://"))
        assert len(urls) == 3
        assert [answers(url) for url in urls] == [True, False, True]  # the accounts have no items
        assert reached([*urls][1])
        begun = time.monotonic()
        ctrl_c(process)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, ""), text
    assert time.monotonic() - begun < 10
    assert [url for url in urls if reached(url)] == []
    assert max(map(len, lines)) <= 80
    table = {line.split()[0]: line.split()[2:] for line in lines if "." in line.partition(" ")[0]}
    tried = {line.split()[0]: line.split()[1:] for line in lines if "." in line.partition(" ")[0]}
    expected = set(FAULTS) - {"access.https-only", "access.hsts"}  # matters of TLS, which loopback does without
    expected -= set(ATTACKS)
    assert {each: table.get(each) for each in expected if table.get(each) != ["FAIL", "PASS"]} == {}
    assert {each: tried.get(each) for each in ATTACKS if tried.get(each) != ["WORKS", "refused"]} == {}
    assert "  WRONG" not in text
    assert "the access token at the gateway                     401" in lines
    for name in ("before.html", "after.html"):
        assert "<html" in (tmp_path / "ostiary-report" / name).read_text(encoding="utf-8")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/items", timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def reached(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
    except OSError:
        return False
    return True


def test_ctrl_c_while_it_audits_ends_it_quietly(tmp_path: Path) -> None:
    with mortal(demo(tmp_path)) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("API")
        ctrl_c(process)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "")
    assert "Gateway" not in out


def test_a_folder_that_cannot_be_made_is_said_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with mortal(demo(tmp_path, "--once", "--reports", "file/x")) as process:
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert err == "ostiary: file/x: not a directory\n"


def test_it_shows_the_users_own_api(tmp_path: Path) -> None:
    with (
        loop.shop("output.nosniff") as url,
        mortal(demo(tmp_path, "--once", "--upstream", url, "--api", str(careless.DOCUMENT))) as process,
    ):
        out, err = process.communicate(timeout=90)
    assert (process.returncode, err) == (0, ""), out
    assert ["output.nosniff", "low", "FAIL", "PASS"] in [line.split() for line in out.splitlines()]


def test_options_of_ones_own_api_need_its_address(tmp_path: Path) -> None:
    with mortal(demo(tmp_path, "--once", "--api", "openapi.yaml")) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "--upstream" in err
