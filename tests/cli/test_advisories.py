"""Advisories are fetched or read, kept with their date, and asked; what is missing is said."""

from __future__ import annotations

import datetime as dt
import http.server
import io
import json
import sqlite3
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ostiary.audit.gather.supply.advisories import Database, usual_folder
from ostiary.cli.main import main
from ostiary.errors import Unanswerable
from ostiary.evidence.supply import Dependency


def record(name: str, package: str, *, ecosystem: str = "PyPI", fixed: str = "2.0", **more: Any) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": fixed}]
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {"id": name, "modified": "2026-11-20T10:00:00.123456789Z", "summary": "bad", "affected": [affected], **more}


def dump(*records: dict[str, Any]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in records:
            archive.writestr(f"{each['id']}.json", json.dumps(each))
        archive.writestr("broken.json", "{")
        archive.writestr("README.md", "no record")
    return made.getvalue()


@pytest.fixture
def zipped(tmp_path: Path) -> Path:
    path = tmp_path / "all.zip"
    records = [record("A-1", "Web_Kit"), record("A-2", "web-kit", fixed="1.0"), record("B-1", "left", ecosystem="npm"),
               record("C-1", "openssl", ecosystem="Debian:12", fixed="3.0.11-1~deb12u3"), record("W-1", "web-kit", withdrawn="2026-01-01T00:00:00Z")]  # fmt: skip
    path.write_bytes(dump(*records))
    return path


def test_a_dump_is_read_and_told_of(zipped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "db")
    assert main(["advisories", "update", "--from", str(zipped), "--dir", folder]) == 0
    assert "PyPI: 2 advisories of 1 packages, the newest of 2026-11-20" in capsys.readouterr().out
    assert main(["advisories", "status", "--dir", folder, "--json"]) == 0
    told = {each["ecosystem"]: each for each in json.loads(capsys.readouterr().out)}
    assert set(told) == {"PyPI", "npm", "Debian"}
    assert told["npm"]["dated"].startswith("2026-11-20T10:00:00")
    assert main(["advisories", "status", "--dir", folder]) == 0
    assert "2026-11-20" in capsys.readouterr().out


def test_the_database_answers(zipped: Path, tmp_path: Path) -> None:
    main(["advisories", "update", "-q", "--from", str(zipped), "--dir", str(tmp_path / "db")])
    database = Database(tmp_path / "db")
    assert [each.id for each in database.against(Dependency(ecosystem="PyPI", name="web-kit", version="1.5"))] == [
        "A-1"
    ]
    assert database.against(Dependency(ecosystem="PyPI", name="web-kit", version="2.0")) == []
    assert database.against(Dependency(ecosystem="PyPI", name="other", version="1")) == []
    system = Dependency(
        ecosystem="Debian:12", name="libssl3", version="1", source="openssl", source_version="3.0.11-1~deb12u2"
    )
    assert [each.fixed for each in database.against(system)] == [("3.0.11-1~deb12u3",)]
    assert database.ecosystems == ["Debian", "PyPI", "npm"]
    assert database.dated("Debian:12") == dt.datetime(2026, 11, 20, 10, 0, 0, tzinfo=dt.UTC)
    assert database.dated("Go") is None


def test_what_cannot_be_answered_is_not_answered(zipped: Path, tmp_path: Path) -> None:
    with pytest.raises(Unanswerable, match="ostiary advisories update"):
        Database(tmp_path / "none")
    main(["advisories", "update", "-q", "--from", str(zipped), "--dir", str(tmp_path / "db")])
    database = Database(tmp_path / "db")
    for dependency in (
        Dependency(ecosystem="Go", name="x", version="v1.0.0"),
        Dependency(ecosystem="PyPI", name="web-kit", version="not a version"),
        Dependency(ecosystem="PyPI", name="web-kit"),
    ):
        with pytest.raises(Unanswerable):
            database.against(dependency)


def test_a_damaged_or_foreign_file_is_no_database(zipped: Path, tmp_path: Path) -> None:
    folder = tmp_path / "db"
    main(["advisories", "update", "-q", "--from", str(zipped), "--dir", str(folder)])
    database = Database(folder)
    (folder / "Go.sqlite").write_bytes(b"SQLite format 3\0" + b"\0" * 100)
    (folder / "npm.sqlite").write_text("junk")
    assert Database(folder).ecosystems == ["Debian", "PyPI"]
    (folder / "PyPI.sqlite").write_bytes(b"junk" * 1000)
    with pytest.raises(Unanswerable, match="damaged"):
        database.against(Dependency(ecosystem="PyPI", name="web-kit", version="1"))


def test_a_folder_of_yaml_is_read_and_one_ecosystem_is_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "vulns/kit").mkdir(parents=True)
    text = 'id: PYSEC-1\nmodified: "2026-01-01T00:00:00Z"\naffected:\n- package: {ecosystem: PyPI, name: kit}\n  versions: ["1.0"]\n'
    (tmp_path / "vulns/kit/PYSEC-1.yaml").write_text(text)
    (tmp_path / "vulns/kit/B-1.json").write_text(json.dumps(record("B-1", "left", ecosystem="npm")))
    (tmp_path / "vulns/loop").symlink_to(tmp_path / "vulns")
    assert (
        main(
            [
                "advisories",
                "update",
                "--from",
                str(tmp_path / "vulns"),
                "--ecosystem",
                "PyPI",
                "--dir",
                str(tmp_path / "db"),
            ]
        )
        == 0
    )
    assert capsys.readouterr().out.splitlines() == ["PyPI: 1 advisories of 1 packages, the newest of 2026-01-01"]
    assert Database(tmp_path / "db").ecosystems == ["PyPI"]


def test_a_failed_update_leaves_what_was_there(
    zipped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "db"
    main(["advisories", "update", "-q", "--from", str(zipped), "--dir", str(folder)])
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    (tmp_path / "bad.zip").write_bytes(zipped.read_bytes()[:-40])
    (tmp_path / "empty.zip").write_bytes(dump())
    for given in ("bad.zip", "empty.zip", "absent.zip"):
        assert main(["advisories", "update", "-q", "--from", str(tmp_path / given), "--dir", str(folder)]) == 2
    assert "holds no OSV record" in capsys.readouterr().err
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before


def test_an_update_replaces_its_ecosystem_and_no_other(zipped: Path, tmp_path: Path) -> None:
    folder = tmp_path / "db"
    main(["advisories", "update", "-q", "--from", str(zipped), "--dir", str(folder)])
    (tmp_path / "new.zip").write_bytes(dump(record("N-1", "left", ecosystem="npm", fixed="9.0.0")))
    main(["advisories", "update", "-q", "--from", str(tmp_path / "new.zip"), "--dir", str(folder)])
    database = Database(folder)
    assert [each.id for each in database.against(Dependency(ecosystem="npm", name="left", version="8.0.0"))] == ["N-1"]
    assert database.ecosystems == ["Debian", "PyPI", "npm"]


@pytest.fixture
def mirror() -> Iterator[tuple[str, dict[str, bytes]]]:
    served: dict[str, bytes] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = served.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("content-length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", served
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_mirror_is_fetched_from_and_its_data_are_as_old_as_the_fetch(
    mirror: tuple[str, dict[str, bytes]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, served = mirror
    served["/PyPI/all.zip"] = dump(record("A-1", "web-kit"))
    assert main(["advisories", "update", "--from", url, "--ecosystem", "PyPI", "--dir", str(tmp_path / "db")]) == 0
    assert f"fetching {url}/PyPI/all.zip" in capsys.readouterr().err
    dated = Database(tmp_path / "db").dated("PyPI")
    assert dated is not None
    assert dt.datetime.now(dt.UTC) - dated < dt.timedelta(minutes=5)
    assert main(["advisories", "update", "-q", "--from", url, "--ecosystem", "Go", "--dir", str(tmp_path / "db")]) == 3
    assert "answered 404" in capsys.readouterr().err
    assert sorted(each.name for each in (tmp_path / "db").iterdir()) == ["PyPI.sqlite"]


def test_a_source_that_is_not_there_is_exit_code_three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["advisories", "update", "-q", "--from", "http://127.0.0.1:9/", "--ecosystem", "PyPI", "--dir", str(tmp_path / "db")]) == 3  # fmt: skip
    assert "--from FILE.zip" in capsys.readouterr().err


def test_nothing_at_hand_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["advisories", "status", "--dir", str(tmp_path)]) == 1
    assert "ostiary advisories update" in capsys.readouterr().out


def test_the_usual_folder_is_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert usual_folder() == tmp_path / "ostiary/advisories"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert usual_folder() == tmp_path / ".cache/ostiary/advisories"


def test_the_files_are_read_only_to_audits(zipped: Path, tmp_path: Path) -> None:
    main(["advisories", "update", "-q", "--from", str(zipped), "--dir", str(tmp_path / "db")])
    from ostiary.audit.gather.supply.advisories import _open  # noqa: PLC0415 - for this alone

    database = _open(tmp_path / "db/PyPI.sqlite")
    with pytest.raises(sqlite3.OperationalError):
        database.execute("delete from affected")
    database.close()
