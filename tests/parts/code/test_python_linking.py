"""What modules import from each other is known in each of them."""

from __future__ import annotations

from ostiary.evidence.code import OPEN, Module
from ostiary.parts.code import python


def modules(**files: str) -> dict[str, Module]:
    """Modules by their paths; ``__`` stands for ``/``."""
    readings = [python.reading(name.replace("__", "/") + ".py", text) for name, text in files.items()]
    return {each.path: each for each in python.together(readings)}


def names(module: Module) -> list[str]:
    return [each.name for each in module.calls]


def test_constants_of_other_modules_are_known() -> None:
    found = modules(
        app__config="KEY = 'k' * 3\nTABLES = ['a']\n",
        app__use="from app.config import KEY\nfrom . import config\nf(KEY)\ng(config.KEY)\n",
    )
    assert [each.args[0].literal for each in found["app/use.py"].calls] == ["kkk", "kkk"]


def test_a_folder_above_the_packages_does_not_matter() -> None:
    found = modules(backend__app__config="KEY = 'k'\n", backend__app__use="from app.config import KEY\nf(KEY)\n")
    assert found["backend/app/use.py"].calls[0].args[0].literal == "k"


def test_objects_of_other_modules_keep_their_type() -> None:
    found = modules(
        app__extensions="from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n",
        app__use="from .extensions import db\ndef f():\n    db.session.execute('x')\n",
        app__again="from app.extensions import db as d\nd.session.execute('x')\n",
    )
    for each in ("app/use.py", "app/again.py"):
        assert "flask_sqlalchemy.SQLAlchemy().session.execute" in names(found[each])


def test_names_for_annotations_are_followed() -> None:
    found = modules(
        app__deps="from typing import Annotated\nfrom fastapi import Depends\nfrom orm import Session\n"
        "Db = Annotated[Session, Depends(get_db)]\n",
        app__use="from app.deps import Db\ndef f(db: Db):\n    db.execute('x')\n",
    )
    assert "orm.Session().execute" in names(found["app/use.py"])


def test_members_of_settings_are_their_defaults_but_no_constants_where_the_environment_decides() -> None:
    found = modules(
        app__config="from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    key: str = 'k'\n"
        "class Fixed:\n    key = 'k'\nsettings = Settings()\nfixed = Fixed()\n",
        app__use="from app.config import settings, fixed\nf(settings.key)\nf(fixed.key)\n",
    )
    first, second = found["app/use.py"].calls
    assert first.args[0].literal is OPEN
    assert [each.literal for each in first.args[0].parts] == ["k"]
    assert second.args[0].literal == "k"


def test_settings_of_django_are_found_where_they_are_assigned() -> None:
    found = modules(site__settings="KEY = 'k'\n", app__use="from django.conf import settings\nf(settings.KEY)\n")
    assert found["app/use.py"].calls[0].args[0].literal == "k"


def test_a_name_that_two_modules_could_mean_is_not_guessed() -> None:
    found = modules(a__x__config="KEY = 'a'\n", b__x__config="KEY = 'b'\n", use="from x.config import KEY\nf(KEY)\n")
    assert found["use.py"].calls[0].args[0].literal is OPEN


def test_modules_that_import_each_other_in_circles_are_read() -> None:
    found = modules(a="from b import X\nf(X)\n", b="from a import X\nf(X)\n", c="from c import X\nf(X)\n")
    assert found["a.py"].calls[0].args[0].literal is OPEN


def test_a_text_of_constants_of_other_modules_is_not_built() -> None:
    found = modules(a="TABLE = 't'\n", b="from a import TABLE\nf(f'select * from {TABLE}')\nf(f'select {x}')\n")
    assert [each.args[0].built for each in found["b.py"].calls] == [False, True]
