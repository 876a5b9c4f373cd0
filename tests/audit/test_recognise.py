"""A target is what it is, whatever it is called; what is none gets one clear sentence."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from ostiary.audit.recognise import Form, recognise
from ostiary.errors import ConfigError


def archive(path: Path, *names: str) -> str:
    with zipfile.ZipFile(path, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return str(path)


@pytest.mark.parametrize(
    ("names", "form"),
    [
        (("AndroidManifest.xml", "classes.dex"), Form.APK),
        (("base/manifest/AndroidManifest.xml", "BundleConfig.pb"), Form.AAB),
        (("Payload/Shop.app/Info.plist",), Form.IPA),
        (("shop/__init__.py", "shop-1.dist-info/METADATA"), Form.WHEEL),
        (("META-INF/MANIFEST.MF",), Form.JAR),
        (("org/shop/Main.class",), Form.JAR),
    ],
)
def test_archives_are_told_by_what_is_in_them(names: tuple[str, ...], form: Form, tmp_path: Path) -> None:
    assert recognise(archive(tmp_path / "thing.bin", *names)).form is form


def test_folders_histories_and_documents(tmp_path: Path) -> None:
    assert recognise(str(tmp_path)).form is Form.FOLDER
    bare = tmp_path / "bare"
    (bare / "objects").mkdir(parents=True)
    (bare / "HEAD").write_text("ref: refs/heads/main\n")
    assert recognise(str(bare)).form is Form.HISTORY
    document = tmp_path / "openapi.yaml"
    document.write_text("openapi: 3.1.0\n")
    assert recognise(str(document)).form is Form.DOCUMENT


def test_a_tar_is_an_image(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "image.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("manifest.json"), io.BytesIO())
    assert recognise(str(tmp_path / "image.tar")).form is Form.IMAGE


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("localhost:6379", "localhost", 6379), ("10.0.0.1:443", "10.0.0.1", 443), ("[::1]:22", "::1", 22)],
)
def test_host_and_port_are_a_service(text: str, host: str, port: int) -> None:
    found = recognise(text)
    assert (found.form, found.host, found.port) == (Form.SERVICE, host, port)


def test_a_url_is_one_even_if_a_folder_has_its_name() -> None:
    assert recognise("http://127.0.0.1:1").form is Form.URL


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nowhere", "is not there"),
        ("./nowhere.apk", "is not there"),
        ("api.example.com", r"https://api\.example\.com"),
        ("example.com:70000", "70000 is no port"),
        ("a\0b", "cannot be read|is not there"),
    ],
)
def test_what_is_no_target_is_said_clearly(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        recognise(text)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.zip", b"PK\x05\x06" + bytes(18), "an archive of nothing that is known"),
        ("x.txt", b"hello", "is no target that is known"),
        ("x.whl", b"hello", "is no archive, or a damaged one, though its name ends in .whl"),
        ("x.sarif", b"{}", "--import"),
    ],
)
def test_files_that_are_no_target_say_what_would_be(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        recognise(str(tmp_path / name))
