"""init, check and serve: a policy is written, judged and obeyed, or refused in a sentence before any port opens."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from ostiary import config
from ostiary.cli import main as cli
from ostiary.cli.policy import policy_of
from ostiary.demo import careless


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_init_writes_a_policy_that_check_takes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "openapi.yaml").write_bytes(careless.DOCUMENT.read_bytes())
    assert cli.main(["init", "--api", "openapi.yaml", "--upstream", "http://127.0.0.1:9000"]) == 0
    written = config.read(here / "ostiary.toml")
    assert (written.api, written.upstream, written.mode) == ("openapi.yaml", "http://127.0.0.1:9000", "monitor")
    capsys.readouterr()
    assert cli.main(["check"]) == 0
    out = capsys.readouterr().out
    assert "Document: openapi.yaml" in out
    assert "access.hsts" in out
    assert max(map(len, out.splitlines())) <= 80


def test_init_names_what_pages_of_other_origins_need(here: Path) -> None:
    cli.main(["init"])
    assert "[beyond.cors-allowlist]" in (here / "ostiary.toml").read_text(encoding="utf-8")


def test_init_never_overwrites(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "ostiary.toml").write_text("# mine\n")
    assert cli.main(["init"]) == 2
    assert "stays as it is" in capsys.readouterr().err
    assert (here / "ostiary.toml").read_text() == "# mine\n"


def test_every_line_that_init_comments_out_is_right_too(here: Path) -> None:
    cli.main(["init"])
    lines = (here / "ostiary.toml").read_text().splitlines()
    loud = [line.removeprefix("# ") if _is_toml(line) else line for line in lines]
    (here / "all.toml").write_text("\n".join(loud))
    found = config.read(here / "all.toml")
    assert found.tls is not None
    assert found.off
    assert found.also == ("GET /healthz",)
    assert found.issuers["main"].audience
    assert found.store == "sqlite:///state.db"
    assert found.operations["POST /enter"].role == "login"
    assert "userdata.ownership-check" in found.operations["GET /orders/{id}"].controls
    assert {"input.rate-quota", "processing.all-endpoints-authenticated"} <= found.controls.keys()


def _is_toml(line: str) -> bool:
    text = line.removeprefix("# ")
    return text.startswith(("[", '"output')) or " = " in text


def test_check_says_what_is_off_and_why(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "ostiary.toml").write_text('[off]\n"output.csp-none" = "the manual is served here too"\n')
    assert cli.main(["check"]) == 0
    out = capsys.readouterr().out
    assert "OFF: the manual is served here too" in out
    assert "Document: none" in out


def test_check_refuses_a_missing_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--api", "gone.yaml"]) == 2
    assert "gone.yaml" in capsys.readouterr().err


def test_serve_needs_an_upstream(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve"]) == 2
    assert "--upstream" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--workers", "0"], "--workers"),
        (["--tls-key", "k.pem"], "--tls-certificate"),
        (["--tls-self-made", "--tls-key", "k.pem"], "--tls-self-made"),
    ],
)
def test_serve_refuses_options_that_cannot_work(
    options: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["serve", "--upstream", "http://127.0.0.1:1", *options]) == 2
    assert word in capsys.readouterr().err


def test_options_win_over_the_file_and_paths_are_the_files_own(here: Path) -> None:
    folder = here / "etc"
    folder.mkdir()
    (folder / "openapi.yaml").write_bytes(careless.DOCUMENT.read_bytes())
    (folder / "p.toml").write_text('api = "openapi.yaml"\nupstream = "http://127.0.0.1:1"\nmode = "monitor"\n')
    args = argparse.Namespace(config=folder / "p.toml", upstream="http://127.0.0.1:2", api=None)
    found, api = policy_of(args, mode="enforce")
    assert (found.upstream, found.mode) == ("http://127.0.0.1:2", "enforce")
    assert api is not None
    assert any(each.key == "GET /items/{id}" for each in api.operations)


def test_a_certificate_by_option_leaves_the_demand_on_clients_as_it_is(here: Path) -> None:
    (here / "ostiary.toml").write_text('[tls]\nself-made = true\nclient-authorities = "ca.pem"\n')
    args = argparse.Namespace(config=None, api=None, upstream=None)
    found, _ = policy_of(args, tls=config.Tls(certificate="a.pem", key="b.pem"))
    assert found.tls == config.Tls(certificate="a.pem", key="b.pem", client_authorities="ca.pem")
