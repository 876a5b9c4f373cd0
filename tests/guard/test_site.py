"""A policy and a document become routes, or an error before a port opens; nothing is noticed later."""

from __future__ import annotations

from typing import Any

import pytest

from exchanges import api_of, ask, compiled, exchange
from ostiary import catalogue
from ostiary.config import Config, Override
from ostiary.errors import ConfigError
from ostiary.guard.order import CONTROLS
from ostiary.guard.site import Compiled

OK: dict[str, Any] = {"responses": {"200": {"description": "d"}}}
API = api_of({"/items": {"get": OK, "post": OK}, "/items/{id}": {"get": OK}})


def test_only_off_and_the_default_decide_which_controls_run() -> None:
    enforced = {each for each in CONTROLS if catalogue.control(each).guard}
    assert set(compiled(API, only=("access.hsts",)).routes.unknown.controls) == {"access.hsts"}
    assert compiled(API, only=()).routes.unknown.controls == ()
    without = compiled(API, off={"access.hsts": "another server sends it"}).routes.unknown.controls
    assert "access.hsts" not in without
    assert set(without) <= enforced


def test_an_override_of_an_operation_that_is_not_there_is_an_error_with_a_hint() -> None:
    with pytest.raises(ConfigError, match="no such operation") as error:
        Compiled(Config(operations={"GET /itmes": Override(mode="monitor")}), API)
    assert "GET /items" in error.value.hint
    Compiled(Config(operations={"GET /docs": Override(mode="monitor")}, also=("GET /docs",)), API)
    with pytest.raises(ConfigError, match="no document"):
        Compiled(Config(operations={"GET /anything": Override(mode="monitor")}), None)
    Compiled(Config(operations={"GET /anything": Override(mode="monitor")}, also=("GET /anything",)), None)


@pytest.mark.parametrize("also", ["docs", "get /docs", "GET docs", "GET", ""])
def test_what_is_no_operation_is_an_error(also: str) -> None:
    with pytest.raises(ConfigError, match='is not "METHOD /path"'):
        Compiled(Config(also=(also,)), API)


def test_an_operation_served_besides_the_documents_knows_its_neighbours() -> None:
    policy = Compiled(Config(only=("input.method-405",), also=("DELETE /items", "GET /items")), API)
    chosen, _ = policy.route(exchange("DELETE", "/items"))
    assert chosen.operation.key == "DELETE /items"
    assert chosen.operation.methods == {"GET", "POST", "DELETE"}


@pytest.mark.parametrize(
    ("extension", "problem"),
    [
        ({"x-ostiary-access-hts": {}}, "no control has this name"),
        ({"x-ostiary-mode": "monitr"}, "enforce"),
        ({"x-ostiary-access-hsts": "on"}, "expected a table"),
        ({"x-ostiary-access-hsts": {"max-agee": "1d"}}, "no setting"),
    ],
)
def test_a_misspelt_extension_of_the_document_is_an_error(extension: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as error:
        compiled(api_of({"/items": {"get": {**OK, **extension}}}))
    assert "items" in error.value.where


def test_extensions_and_overrides_change_their_operation_alone() -> None:
    api = api_of(
        {"/a": {"get": {**OK, "x-ostiary-mode": "monitor", "x-logo": 1}}, "/b": {"get": OK}, "/c": {"get": OK}}
    )
    policy = Compiled(
        Config(only=("auth.no-basic",), operations={"GET /c": Override(mode="monitor")}),
        api,
    )
    basic = [("authorization", "Basic eDp5")]
    refused = [ask(policy, exchange("GET", each, basic)) is not None for each in ("/a", "/b", "/c")]
    assert refused == [False, True, False]
    assert {mode for _, _, _, mode in policy.journal.refusals} == {"enforce", "monitor"}


def test_a_path_that_cannot_be_read_passes_in_monitor_mode_and_is_counted() -> None:
    policy = compiled(API, only=("access.hsts",), mode="monitor")
    assert ask(policy, exchange("GET", "/a%00")) is None
    assert policy.journal.refusals == {("", "* *", 400, "monitor"): 1}


def test_a_store_that_is_not_built_is_an_error() -> None:
    with pytest.raises(ConfigError, match="memory"):
        compiled(store="mongodb://localhost")


def test_nine_hundred_operations_compile() -> None:
    api = api_of({f"/c{number}/{{id}}": {"get": OK, "put": OK, "delete": OK} for number in range(300)})
    policy = compiled(api)
    assert len(policy.plans) == 300 * 4 + 3
