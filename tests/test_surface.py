"""What users may import is small, named in one place, and cheap."""

from __future__ import annotations

import subprocess
import sys

import ostiary

MOST_NAMES = 12
HEAVY = (
    "asyncio", "msgspec", "jsonschema_rs", "yaml", "httptools", "uvloop", "h11", "rich", "jinja2", "cryptography",
    "ostiary.guard", "ostiary.audit", "ostiary.gateway", "ostiary.config", "ostiary.catalogue",
)  # fmt: skip


def test_the_public_surface_is_what_all_says() -> None:
    assert ostiary.__all__ == sorted(ostiary.__all__)
    assert len(ostiary.__all__) <= MOST_NAMES
    assert set(ostiary.__all__) == set(ostiary._HOMES)


def test_every_public_name_resolves() -> None:
    for name in ostiary.__all__:
        assert getattr(ostiary, name).__doc__, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(ostiary, "Waf")


def test_importing_it_loads_nothing_heavy() -> None:
    code = f"import sys, ostiary; print([each for each in {HEAVY!r} if each in sys.modules])"
    loaded = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert loaded.stdout.strip() == "[]"


def test_the_guard_alone_needs_no_extra() -> None:
    """An install without extras has none of their libraries: importing the guard must not ask for them."""
    extras = ("httptools", "uvloop", "cryptography", "h11", "rich", "jinja2", "uvicorn")
    code = (
        "import sys\n"
        f"for name in {extras!r}: sys.modules[name] = None\n"
        "import ostiary, ostiary.config, ostiary.catalogue\n"
        "guard = ostiary.Guard(lambda *a: None, ostiary.Config())\n"
        "[ostiary.catalogue.control(each) for each in ostiary.catalogue.ids()]\n"
        "import ostiary.cli.main, ostiary.cli.controls, ostiary.cli.explain, ostiary.cli.check\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
