"""Archives and images are read in place; later layers hide earlier ones, and a bomb is a bounded read."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from ostiary.audit.gather.trees import archive
from ostiary.audit.gather.trees.archive import Image, Zip
from ostiary.errors import ConfigError, Unanswerable

Layer = dict[str, bytes | None]  # None: a folder


def layer(files: Layer) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            info.size = len(content or b"")
            tar.addfile(info, io.BytesIO(content or b""))
    return raw.getvalue()


def saved(path: Path, *layers: Layer) -> Path:
    """As ``docker save`` writes it."""
    with tarfile.open(path, "w") as tar:
        names = [f"{at}/layer.tar" for at in range(len(layers))]
        for name, files in zip(names, layers, strict=True):
            add(tar, name, layer(files))
        add(tar, "manifest.json", json.dumps([{"Layers": names}]).encode())
    return path


def laid_out(path: Path, *layers: Layer) -> Path:
    """The OCI image layout, with an index of an index."""

    def blob(data: bytes) -> dict[str, str]:
        digest = hashlib.sha256(data).hexdigest()
        add(tar, f"blobs/sha256/{digest}", data)
        return {"digest": f"sha256:{digest}"}

    with tarfile.open(path, "w") as tar:
        manifest = blob(json.dumps({"layers": [blob(layer(each)) for each in layers]}).encode())
        index = blob(json.dumps({"manifests": [manifest]}).encode())
        add(tar, "index.json", json.dumps({"manifests": [index]}).encode())
    return path


def add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


LAYERS: tuple[Layer, ...] = (
    {"etc/passwd": b"old", "app/a.py": b"a", "app/gone.py": b"g", "opt/x/y": b"y", "srv": b"file"},
    {"./etc/passwd": b"new", "app/.wh.gone.py": b"", "opt/x/.wh..wh..opq": b"", "opt/x/z": b"z", "srv": None},
)


@pytest.mark.parametrize("make", [saved, laid_out])
def test_later_layers_hide_earlier_ones(make: object, tmp_path: Path) -> None:
    image = Image((saved if make is saved else laid_out)(tmp_path / "i.tar", *LAYERS))
    assert [each.path for each in image.entries()] == ["app/a.py", "etc/passwd", "opt/x/z"]
    assert image.data("etc/passwd", 99) == b"new"
    assert image.data("app/a.py", 99) == b"a"
    with pytest.raises(Unanswerable):
        image.data("app/gone.py", 99)
    image.close()


def test_names_that_lead_out_are_no_files(tmp_path: Path) -> None:
    image = Image(saved(tmp_path / "i.tar", {"../evil": b"x", "/abs": b"y", "ok": b"z"}))
    assert [each.path for each in image.entries()] == ["abs", "ok"]
    image.close()
    with zipfile.ZipFile(tmp_path / "a.jar", "w") as made:
        made.writestr("../evil", "x")
        made.writestr("/abs", "x")
        made.writestr("ok", "x")
    jar = Zip(tmp_path / "a.jar", "jar")
    assert [each.path for each in jar.entries()] == ["ok"]
    jar.close()


def test_a_broken_layer_is_a_note_and_the_others_are_read(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "i.tar", "w") as tar:
        add(tar, "good.tar", layer({"ok": b"z"}))
        add(tar, "bad.tar", b"no tar at all")
        add(tar, "manifest.json", json.dumps([{"Layers": ["good.tar", "bad.tar"]}]).encode())
    image = Image(tmp_path / "i.tar")
    assert [each.path for each in image.entries()] == ["ok"]
    assert [each.partition(":")[0] for each in image.notes] == ["Layer bad.tar cannot be read"]
    image.close()


def test_a_bomb_is_read_up_to_the_bound(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("big", bytes(50_000_000))
    wheel = Zip(tmp_path / "a.whl", "wheel")
    assert len(wheel.data("big", 1000)) == 1000
    wheel.close()


@pytest.mark.parametrize("manifest", [b"[]", b"{}", b"[{}]", b"3", b"x", b'[{"Layers": [3]}]'])
def test_what_holds_no_image_is_a_clear_error(manifest: bytes, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "i.tar", "w") as tar:
        add(tar, "manifest.json", manifest)
    with pytest.raises(ConfigError, match=r"i\.tar: (holds no image|is no readable image)"):
        Image(tmp_path / "i.tar")


def test_a_damaged_member_is_unanswerable(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.jar", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("x", b"hello world, hello world, hello world")
    raw = bytearray((tmp_path / "a.jar").read_bytes())
    raw[33:40] = b"\xff" * 7
    (tmp_path / "a.jar").write_bytes(raw)
    jar = Zip(tmp_path / "a.jar", "jar")
    with pytest.raises(Unanswerable):
        jar.data("x", 99)
    jar.close()


def test_an_image_that_unpacks_to_too_much_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_UNPACKED", 100_000)
    image = Image(saved(tmp_path / "i.tar", {"big": bytes(500_000)}))
    assert image.entries() == []
    assert "holds more than" in image.notes[0]
    image.close()


def test_members_with_names_without_end_are_left_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.jar", "w") as archive:
        archive.writestr("META-INF/maven/" * 4000 + "pom.properties", "x")
        archive.writestr("a.txt", "x")
    found = Zip(tmp_path / "a.jar", "jar")
    assert [each.path for each in found.entries()] == ["a.txt"]
    assert found.notes == ["1 members were not looked at: too many, or their names are no plain paths."]
    found.close()
