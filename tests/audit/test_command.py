"""`ostiary audit` as a person runs it: what it prints, writes and returns."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from audit.listening import serving, talking
from audit.test_run import DOCUMENT, Things
from mortal import mortal
from ostiary.cli import asking
from ostiary.cli import audit as command
from ostiary.errors import ConfigError


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(arguments))


def test_findings_make_it_one_and_reports_are_written_by_suffix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / name for name in ("r.json", "r.html", "r.txt")]
    with serving(Things()) as base:
        code = run(base, "--only", "output.nosniff", "-q", *(word for file in files for word in ("-o", str(file))))
    assert code == 1
    assert capsys.readouterr() == ("", "")
    assert json.loads(files[0].read_text())["summary"]["FAIL"] == 1
    assert files[1].read_text().startswith("<!DOCTYPE html>")
    assert "output.nosniff" in files[2].read_text()


def test_fail_on_decides_what_matters(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Things()) as base:
        assert run(base, "--only", "output.nosniff", "--fail-on", "high") == 0
        assert run(base, "--only", "ci.sast") == 0
    assert "output.nosniff" in capsys.readouterr().out


def test_json_goes_to_standard_output_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Things()) as base:
        run(base, "--only", "output.nosniff", "--format", "json")
    out, err = capsys.readouterr()
    assert json.loads(out)["format"] == 1
    assert err == ""


def test_unreachable_is_three_with_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with talking() as (port, _):
        pass
    assert run(f"http://127.0.0.1:{port}") == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_refused_credentials_are_four(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Things(token="right")) as base:
        assert run(base, "--bearer", "wrong", "--only", "ci.sast", "-q") == 4
    assert "authentication failed" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["http://8.8.8.8"],
        ["nonsense://x"],
        ["http://127.0.0.1:1", "--only", "no.such"],
        ["http://127.0.0.1:1", "-o", "report.pdf"],
        ["http://127.0.0.1:1", "-o", "/no/such/folder/r.json"],
        ["http://127.0.0.1:1", "--header", "no colon"],
        ["http://127.0.0.1:1", "--identity", "bob"],
        ["http://127.0.0.1:1", "--bearer", "env:OSTIARY_NOT_SET"],
        ["http://127.0.0.1:1", "--config", "/no/such.toml"],
        ["http://127.0.0.1:1", "--cacert", "/no/such.pem"],
        ["http://127.0.0.1:1", "--resolve", "x"],
    ],
)
def test_wrong_use_is_said_before_anything_is_asked(arguments: list[str]) -> None:
    with pytest.raises(ConfigError):
        run(*arguments)


def test_a_named_document_that_is_none_is_wrong_use(tmp_path: Path) -> None:
    with serving(Things()) as base:
        for api in (f"{base}/things", "http://elsewhere.test/openapi.json", str(tmp_path / "missing.yaml")):
            with pytest.raises(ConfigError):
                run(base, "--api", api, "--only", "ci.sast")


def test_credentials_are_read_and_kept_from_anonymous_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OSTIARY_BEARER", raising=False)
    monkeypatch.setenv("TOK", "from-env")
    plain, named = asking.credentials("env:TOK", ["X-Tenant: 7", "X-Api-Key: k"], [])
    assert plain == [("X-Tenant", "7")]
    assert named == {"default": [("Authorization", "Bearer from-env"), ("X-Api-Key", "k")]}
    beside = asking.credentials("tok-me", [], ["expired=tok-old"])[1]  # two tokens are two callers
    assert beside == {"default": [("Authorization", "Bearer tok-me")], "expired": [("Authorization", "Bearer tok-old")]}
    _, named = asking.credentials(None, [], ["alice=tok-a", "bob=Cookie: sid=1", "bob=X-Csrf-Token: 2"])
    assert named == {
        "alice": [("Authorization", "Bearer tok-a")],
        "bob": [("Cookie", "sid=1"), ("X-Csrf-Token", "2")],
    }
    assert next(iter(named)) == "alice"
    monkeypatch.setenv("OSTIARY_BEARER", "ambient")
    assert asking.credentials(None, [], [])[1] == {"default": [("Authorization", "Bearer ambient")]}


def test_a_waiver_of_the_policy_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "ostiary.toml"
    policy.write_text('[off]\n"output.nosniff" = "an old client needs to guess"\n')
    with serving(Things()) as base:
        assert run(base, "--only", "output.nosniff", "--config", str(policy)) == 0
    assert "an old client needs to guess" in capsys.readouterr().out


class Mending(Things):
    """Answers without the header until it is mended."""

    mended = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def adding(message: Any) -> None:
            if self.mended and message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-content-type-options", b"nosniff")]
            await send(message)

        await super().__call__(scope, receive, adding)


def test_replay_says_what_still_holds_and_what_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = Mending()
    file = str(tmp_path / "r.json")
    with serving(app) as base:
        run(base, "--only", "output.nosniff", "-q", "-o", file)
        before = len(app.asked)
        assert run(base, "--replay", file) == 1
        again = capsys.readouterr().out
        app.mended = True
        assert run(base, "--replay", file) == 0
    mended = capsys.readouterr().out
    shown = [line for line in again.splitlines() if line.startswith("same")]
    assert shown
    assert len(app.asked) == before + 2 * len(shown)
    assert mended.count("x-content-type-options is new") == len(shown)
    assert "0 of" in mended


def test_a_reader_that_leaves_early_does_not_change_the_exit_code() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with serving(Things()) as base:
        command = [sys.executable, "-m", "ostiary", "audit", base, "--only", "output.nosniff"]
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_replay_of_something_else_is_wrong_use(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text('{"controls": 3}')
    with pytest.raises(ConfigError, match="is not a JSON report"):
        run("http://127.0.0.1:1", "--replay", str(file))


def test_ctrl_c_prints_what_there_is(tmp_path: Path) -> None:
    """In a process of its own: the signal is real."""
    with talking(*[b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"] * 400, pause=0.05) as (
        port,
        got,
    ):
        command = [
            sys.executable,
            "-m",
            "ostiary",
            "audit",
            f"http://127.0.0.1:{port}",
            "--concurrency",
            "1",
            "--format",
            "json",
        ]
        pipe, strict = subprocess.PIPE, {**os.environ, "PYTHONWARNINGS": "error"}
        with mortal(subprocess.Popen(command, stdout=pipe, stderr=pipe, env=strict)) as process:
            deadline = time.monotonic() + 20
            while len(got) < 30 and time.monotonic() < deadline:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    plain = json.loads(out)
    assert plain["interrupted"]
    assert "interrupted" in {each["why"] for each in plain["controls"]}
    assert len(plain["controls"]) > 100


def test_a_baseline_lets_only_new_findings_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = str(tmp_path / "old.json")
    with serving(Things()) as base:
        assert run(base, "--only", "output.nosniff", "-q", "-o", old) == 1
        assert run(base, "--only", "output.nosniff", "--baseline", old) == 0
        text = " ".join(capsys.readouterr().out.split())
        assert "0 new, 1 known, 0 closed, 0 not decided" in text
        assert run(base, "--only", "output.nosniff", "--only", "output.csp-none", "--baseline", old) == 1
    assert "new: output.csp-none" in capsys.readouterr().out


def test_an_older_reports_failures_are_asked_again_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = str(tmp_path / "old.json")
    app = Mending()
    with serving(app) as base:
        run(base, "--only", "output.nosniff", "--only", "ci.sast", "-q", "-o", old)
        assert run(base, "--from-report", old) == 1
        assert "1 known" in capsys.readouterr().out
        app.mended = True
        assert run(base, "--from-report", old, "--format", "json") == 0
        plain = json.loads(capsys.readouterr().out)
        assert [each["id"] for each in plain["controls"]] == ["output.nosniff"]
        assert plain["since"]["gone"] == ["output.nosniff"]
        with pytest.raises(ConfigError, match="does not go together"):
            run(base, "--from-report", old, "--baseline", old)
        run(base, "--from-report", old, "-q", "-o", str(tmp_path / "clean.json"))
        with pytest.raises(ConfigError, match="nothing to ask again"):
            run(base, "--from-report", str(tmp_path / "clean.json"))


def test_a_plan_asks_nothing_of_an_api_whose_document_is_at_hand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(DOCUMENT))
    app = Things()
    with serving(app) as base:
        assert run(base, "--plan", "--api", str(file)) == 0
        text = capsys.readouterr().out
        assert run(base, "--plan", "--api", str(file), "--format", "json", "--budget", "9") == 0
    assert app.asked == []
    assert "userdata.ownership-check" in text
    assert json.loads(capsys.readouterr().out)["plan"]["budget"] == 9


def test_a_seed_is_obeyed_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Things()) as base:
        run(base, "--only", "ci.sast", "--seed", "41", "--format", "json")
        assert json.loads(capsys.readouterr().out)["seed"] == 41
        run(base, "--only", "ci.sast", "--seed", "41")
    assert "--seed 41" in capsys.readouterr().out


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf", "x"])
def test_a_rate_is_more_than_nothing(rate: str) -> None:
    with pytest.raises(SystemExit):
        run("http://127.0.0.1:1", "--rate", rate)


def test_killed_and_resumed(tmp_path: Path) -> None:
    """In a process of its own: the signal leaves no time to say anything."""
    journal = tmp_path / "journal"
    with talking(*[b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"] * 2000, pause=0.02) as (
        port,
        _,
    ):
        command = [sys.executable, "-m", "ostiary", "audit", f"http://127.0.0.1:{port}", "--concurrency", "1",
                   "--resume", str(journal), "-q", "--format", "json", "--only", "output", "--only", "access.hsts"]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not (journal.exists() and journal.read_text().count("\n") >= 3):
            time.sleep(0.01)
        process.kill()
        process.communicate(timeout=10)
        before = [json.loads(line)["id"] for line in journal.read_text().splitlines()[1:] if line.endswith("}")]
        assert before
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    plain = json.loads(done.stdout)
    assert set(before) <= {each["id"] for each in plain["controls"]}
    lines = [json.loads(line) for line in journal.read_text().splitlines() if line.strip().endswith("}")]
    ids = [each["id"] for each in lines if "id" in each]
    assert len(ids) == len(set(ids)) == len(plain["controls"])
    assert lines[-1] == {"ended": True}


def test_a_second_ctrl_c_ends_what_the_first_one_left_to_do() -> None:
    """Removing what was made may take its time; whoever insists need not wait for it."""
    program = """if True:
        import asyncio, sys
        from ostiary.audit.asking import Asking
        from ostiary.cli.main import main

        async def slow(self):
            print("cleaning", file=sys.stderr, flush=True)
            await asyncio.sleep(60)

        Asking.close = slow
        sys.exit(main(["audit", sys.argv[1], "-q", "--only", "ci.sast"]))
    """
    with serving(Things()) as base:
        begun = subprocess.Popen([sys.executable, "-c", program, base], stderr=subprocess.PIPE, text=True)
        with mortal(begun) as process:
            assert process.stderr is not None
            assert process.stderr.readline() == "cleaning\n"
            process.send_signal(signal.SIGINT)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=10)
    assert process.returncode == 130, err
