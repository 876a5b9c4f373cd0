"""``ostiary attest``: questions as the catalogue has them, answers kept at once, nothing else in the file touched."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from ostiary import catalogue
from ostiary.cli.main import main
from ostiary.config import read

ID = "people.breach-notify-users"
POLICY = '# our policy\nmode = "monitor"  # for now\n'
ON_ITS_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "ostiary.toml"
    file.write_text(POLICY)
    return file


def given(policy: Path, *more: str) -> int:
    return main(["attest", ID, "--config", str(policy), "--answer", "yes", "--owner", "Ann", *more])


def test_an_answer_is_written_below_what_stands_there(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert given(policy, "--evidence", "https://wiki.example.com/x", "--expires", "180d") == 0
    assert policy.read_text().startswith(POLICY)
    answer = read(policy).attest[ID]
    assert (answer["answer"], answer["owner"], answer["expires"]) == ("yes", "Ann", "180d")
    assert "is answered yes until" in capsys.readouterr().out
    assert given(policy, "--evidence", "https://wiki.example.com/y") == 0
    assert read(policy).attest[ID]["evidence"].endswith("/y")
    assert policy.read_text().count("[attest") == 1


def test_an_answer_without_evidence_is_refused(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert given(policy) == 2
    assert "names no evidence" in capsys.readouterr().err
    assert policy.read_text() == POLICY


def test_a_control_without_a_question_takes_no_answer(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    without = next(each for each in catalogue.ids() if not catalogue.control(each).attest)
    assert main(["attest", without, "--config", str(policy), "--answer", "yes"]) == 2
    assert "no question for people" in capsys.readouterr().err


def test_an_unknown_control_has_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["attest", "people.breach-notify-user", "--answer", "yes"]) == 2
    assert "did you mean" in capsys.readouterr().err


def test_the_list_shows_questions_and_answers(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given(policy, "--evidence", "https://wiki.example.com/x")
    capsys.readouterr()
    assert main(["attest", "--list", "--config", str(policy)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"{ID} answered" in out
    assert catalogue.control("people.breach-external-audit").attest in out
    assert catalogue.control(ID).attest not in out


def test_a_report_says_what_is_open(policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.json"
    rows = [{"id": "ci.rollback", "outcome": "ATTEST"}, {"id": "ci.sast", "outcome": "FAIL"}]
    report.write_text(json.dumps({"results": rows}))
    assert main(["attest", "--list", "--config", str(policy), "--report", str(report)]) == 0
    out = capsys.readouterr().out
    assert "ci.rollback" in out
    assert "ci.sast" not in out


def test_without_a_terminal_it_says_how(policy: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ostiary", "attest", "--config", str(policy)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "no terminal" in done.stderr
    assert "--answer yes" in done.stderr


def test_ctrl_c_keeps_what_was_answered(policy: Path) -> None:
    """On a terminal of its own: one answer whole, then the interrupt key in the middle of the next."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", ON_ITS_TERMINAL, "-m", "ostiary", "attest", "--config", str(policy)],
        stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    try:
        for wait, say in [
            ("skip]: ", "s\n"), ("skip]: ", "y\n"), ("for it: ", "Ann\n"), ("file): ", "https://wiki.example.com\n"),
            ("[365d]: ", "\n"), ("note: ", "\n"), ("skip]: ", "\x03"),
        ]:  # fmt: skip
            _until(leader, wait)
            os.write(leader, say.encode())
        rest = _until(leader, "answers are in", nudge=b"\n")
        assert "1 answers" in rest
        assert process.wait(20) == 130
    finally:
        process.kill()
        process.wait()
        os.close(leader)
    kept = tomllib.loads(policy.read_text())["attest"]
    assert [each["owner"] for each in kept.values()] == ["Ann"]
    assert policy.read_text().startswith(POLICY)


def _until(leader: int, text: str, nudge: bytes = b"") -> str:
    """What the terminal says up to this text.

    An interrupt that comes after Python's prompt and before its read is only noted there, and the read waits on: after
    some silence the nudge ends it.
    """
    seen, late = b"", time.monotonic() + 60
    while text.encode() not in seen:
        assert time.monotonic() < late, seen
        if select.select([leader], [], [], 3)[0]:
            got = os.read(leader, 4096)
            assert got, seen
            seen += got
        elif nudge:
            os.write(leader, nudge)
    return seen.decode()
