"""The command line's manners: sentences for mistakes, codes for scripts, quiet when the reader has gone."""

from __future__ import annotations

import errno
import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mortal import mortal
from ostiary import __version__
from ostiary.cli import controls as controls_command
from ostiary.cli import main as cli


def start(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ostiary", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def said(*arguments: str) -> tuple[int, str, str]:
    with mortal(start(*arguments, stdin=subprocess.DEVNULL)) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_the_module_is_the_command() -> None:
    assert said("version") == (0, f"ostiary {__version__}\n", "")


def test_an_unknown_command_gets_a_hint_in_one_line() -> None:
    code, out, err = said("contrls")
    assert (code, out) == (2, "")
    assert err == "ostiary: ostiary contrls: no such command (did you mean 'controls'?)\n"


def test_an_unlike_command_is_told_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["xyzzy"]) == 2
    assert "commands are demo, audit, loop, serve" in capsys.readouterr().err


def test_no_command_is_wrong_use() -> None:
    code, out, err = said()
    assert (code, out) == (2, "")
    assert "COMMAND" in err


def test_every_command_has_a_module_with_help() -> None:
    for name in cli.COMMANDS:
        if name != "version":
            assert callable(importlib.import_module(f"ostiary.cli.{name}").run)
        assert "usage" in cli.parser(name).format_help()


def test_a_mistake_in_a_file_is_one_sentence_and_code_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ostiary.toml"
    file.write_text('upstrem = "http://127.0.0.1:1"\n')
    assert cli.main(["check", "--config", str(file)]) == 2
    err = capsys.readouterr().err
    assert "did you mean 'upstream'?" in err
    assert err.count("\n") == 1


def test_a_missing_extra_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: Any) -> int:
        raise ModuleNotFoundError("No module named 'httptools'", name="httptools")

    monkeypatch.setattr(controls_command, "run", run)
    assert cli.main(["controls"]) == 2
    assert capsys.readouterr().err == 'ostiary: httptools is not installed: pip install "ostiary[gateway]"\n'


def test_a_module_of_ours_that_is_missing_is_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_: Any) -> int:
        raise ModuleNotFoundError("No module named 'ostiary.gone'", name="ostiary.gone")

    monkeypatch.setattr(controls_command, "run", run)
    with pytest.raises(ModuleNotFoundError):
        cli.main(["controls"])


def test_a_port_in_use_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def run(_: Any) -> int:
        raise OSError(errno.EADDRINUSE, "Address already in use")

    monkeypatch.setattr(controls_command, "run", run)
    assert cli.main(["controls"]) == 2
    assert "in use" in capsys.readouterr().err


def test_ctrl_c_is_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def run(_: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(controls_command, "run", run)
    assert cli.main(["controls"]) == 130
    assert capsys.readouterr().err == ""


def test_a_reader_that_leaves_early_is_no_error() -> None:
    with mortal(start("controls", "--json")) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        os.read(process.stdout.fileno(), 10)
        process.stdout.close()
        err = process.stderr.read()
        process.wait(30)
    assert (err, process.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["audit", "--nope", "http://127.0.0.1:1"], "ostiary audit: takes no '--nope' (ostiary audit --help"),
        (["controls", "auth", "jwt"], "ostiary controls: takes no 'jwt'"),
        (["serve", "--workers", "many"], "ostiary serve: argument --workers: invalid int value: 'many'"),
        (["audit"], "nothing to audit is named (ostiary audit URL, or: ostiary audit .)"),
        (
            ["audit", ".", "--fail-on", "huge"],
            "argument --fail-on: 'huge' is none of critical, high, medium, low, info",
        ),
        (["audit", "http://127.0.0.1:1", "--timeout", "0"], "--timeout: must be more than 0 seconds"),
        (["audit", "http://127.0.0.1:1", "--timeout", "nan"], "--timeout: must be more than 0 seconds"),
        (["audit", "http://127.0.0.1:1", "--budget", "0"], "--budget: must be 1 or more"),
        (["audit", "http://127.0.0.1:1", "--bearer", "a\nb"], "--bearer: holds a line break"),
        (["audit", "http://127.0.0.1:1", "--bearer", "\u2026"], "--bearer: holds a character that no header carries"),
        (["audit", "http://127.0.0.1:1", "--user-agent", "a\nb"], "--user-agent: holds a line break"),
        (["audit", "http://127.0.0.1:1", "--header", "X-A: a\rb"], "--header X-A: holds a line break"),
        (["audit", "http://127.0.0.1:1", "--header", "X A: b"], "'X A' is not 'Name: value'"),
        (["audit", "http://127.0.0.1:1", "--identity", "al=x\ny"], "--identity al: holds a line break"),
        (["audit", "http://127.0.0.1:1", "--cacert", "/no.pem"], "/no.pem cannot be read: No such file or directory ("),
        (["audit", "http://127.0.0.1:1", "--replay", "/no.json"], "--replay /no.json: cannot be read: No such file"),
        (["check", "--config", "/no.toml"], "ostiary: /no.toml: cannot be read: No such file or directory (give"),
        (["check", "--config", os.devnull + "/x"], "cannot be read: Not a directory"),
    ],
)
def test_wrong_use_is_one_sentence_and_code_two(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = cli.main(arguments)
    except SystemExit as leaving:
        code = int(leaving.code or 0)
    err = capsys.readouterr().err
    assert code == 2
    assert words in err
    assert err.count("\n") == 1
    assert "Errno" not in err
