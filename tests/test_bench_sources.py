"""The benchmark of the audit of source counts what was marked, and hides from the tools which lines those are."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[1] / "bench" / "sources.py"


@pytest.fixture(name="bench")
def _bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_sources", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "bench_sources", module)  # dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(name="twins")
def _twins(tmp_path: Path) -> Path:
    control = tmp_path / "tests" / "auth.no-basic"
    control.mkdir(parents=True)
    (control / "bad.py").write_text("first()\nsecond()  # BAD\n")
    (control / "good.py").write_text("first()\n")
    (control / "bad.js").write_text("second()  // BAD\n")
    return tmp_path / "tests"


def test_marks_are_read_and_taken_out_of_the_copies(bench: ModuleType, twins: Path, tmp_path: Path) -> None:
    samples = bench.labelled(tmp_path / "copies", twins)
    assert {line for _, line in samples.marked} == {2}
    assert len(samples.sound) == 1
    copies = [each for each in samples.folder.rglob("*") if each.is_file()]
    assert len(copies) == 2
    assert not any("BAD" in each.read_text() or "bad" in each.name or "good" in each.name for each in copies)


def test_marked_lines_and_lines_of_sound_files_are_counted_apart(
    bench: ModuleType, twins: Path, tmp_path: Path
) -> None:
    samples = bench.labelled(tmp_path / "copies", twins)
    (bad, line), sound = next(iter(samples.marked)), next(iter(samples.sound))
    assert bench.counted({(bad, line), (bad, 1), (sound, 1)}, samples) == {"found": 1, "said of sound": 1}
    assert bench.counted(set(), samples) == {"found": 0, "said of sound": 0}


def test_what_is_promised_is_missed_when_it_is_slower_or_noisier(bench: ModuleType) -> None:
    rates = {"lines": 20_000.0, "bytes": 2e6, "files": 5_000.0}
    rows = bench.kept({"rates": rates, "rows": [{"quiet per 100k": 31.0}]})
    assert [each["measured"] <= each["at_most"] for each in rows] == [False, True, True, False]
