"""What cannot work is said before the first request, and nobody is led elsewhere than the gateway goes."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ostiary.cli.main import main


def test_a_port_that_is_taken_is_said_before_the_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code = main(["loop", "--upstream", "http://127.0.0.1:1", "--output", str(tmp_path / "o.toml"), "--port", port])
    assert code == 2
    said = capsys.readouterr()
    assert "--port" in said.err
    assert "auditing" not in said.out


@pytest.mark.parametrize("option", [("--resolve", "api.test:80:127.0.0.1"), ("--cacert", "x.pem"), ("--insecure",)])
def test_the_api_is_nowhere_else_than_the_gateway_finds_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: tuple[str, ...]
) -> None:
    code = main(["loop", "--upstream", "http://127.0.0.1:1", "--output", str(tmp_path / "o.toml"), *option])
    assert code == 2
    assert option[0] in capsys.readouterr().err


def test_a_dead_api_is_told_by_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["loop", "--upstream", "http://127.0.0.1:1", "--output", str(tmp_path / "o.toml")]) == 3
    assert "nothing answers" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
