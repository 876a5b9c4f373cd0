"""A policy is read whole and checked whole; each mistake is said where it stands, with what was meant."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary import catalogue
from ostiary.config import Config, Override, check, from_plain, mode_of, read, resolve
from ostiary.controls.access.hsts import Settings as Hsts
from ostiary.controls.access.throttling.guard import Settings as Throttling
from ostiary.errors import ConfigError
from ostiary.model import Operation
from ostiary.strict import Duration, Secret

TOML = """
api      = "openapi.yaml"
upstream = "http://127.0.0.1:9000"
mode     = "monitor"
also     = ["GET /docs"]

[wire]
reply-timeout = "5s"

[access.throttling]
requests = 10
per      = "1m"

[operations."POST /login".access.throttling]
burst = 1

[operations."GET /items"]
mode = "enforce"

[off]
"access.hsts" = "the load balancer sends it"
"""
LOGIN = Operation(method="POST", path="/login")


def policy(text: str, tmp_path: Path) -> Config:
    file = tmp_path / "ostiary.toml"
    file.write_text(text)
    return read(file)


def test_the_file_and_the_structs_are_the_same(tmp_path: Path) -> None:
    config = policy(TOML, tmp_path)
    assert (config.api, config.upstream, config.mode, config.also) == (
        "openapi.yaml",
        "http://127.0.0.1:9000",
        "monitor",
        ("GET /docs",),
    )
    assert config.wire.reply_timeout == Duration(5)
    assert config.wire.idle_timeout == Duration(75)
    assert config.off == {"access.hsts": "the load balancer sends it"}
    assert mode_of(config, Operation(method="GET", path="/items")) == "enforce"
    assert mode_of(config, LOGIN) == "monitor"
    assert config.file == str(tmp_path / "ostiary.toml")


def test_settings_resolve_from_the_general_to_the_particular_and_say_whence(tmp_path: Path) -> None:
    config = policy(TOML, tmp_path)
    general, particular = resolve(config, "access.throttling"), resolve(config, "access.throttling", LOGIN)
    assert general.settings == Throttling(requests=10, per=Duration("1m"))
    assert particular.settings == Throttling(requests=10, per=Duration("1m"), burst=1)
    file = config.file
    written = {"requests": f"{file} [access.throttling]", "per": f"{file} [access.throttling]"}
    assert general.origins == dict.fromkeys(general.origins, "default") | written
    assert "burst" in general.origins
    assert particular.origins["burst"] == f'{file} [operations."POST /login"]'


def test_a_document_may_say_the_same_and_the_policy_has_the_last_word() -> None:
    extended = Operation(
        method="POST", path="/login", extensions={"x-ostiary-access-throttling": {"burst": 3, "requests": 7}}
    )
    config = from_plain({"operations": {"POST /login": {"access": {"throttling": {"burst": 1}}}}})
    found = resolve(config, "access.throttling", extended)
    assert (found.settings.burst, found.settings.requests) == (1, 7)
    assert "x-ostiary" in found.origins["requests"]


def test_a_section_gives_defaults_to_the_controls_that_have_the_setting() -> None:
    config = from_plain({"access": {"burst": 7, "throttling": {"requests": 3}}})
    assert resolve(config, "access.throttling").settings == Throttling(requests=3, burst=7)
    assert resolve(config, "access.hsts").settings == Hsts()


def test_python_says_it_with_structs() -> None:
    config = Config(controls={"access.throttling": Throttling(burst=3), "access.hsts": {"max-age": Duration("30d")}})
    assert resolve(check(config), "access.throttling").settings.burst == 3
    assert resolve(config, "access.hsts").settings.max_age == Duration("30d")
    override = Config(operations={"POST /login": Override(controls={"access.throttling": Throttling(burst=9)})})
    assert resolve(check(override), "access.throttling", LOGIN).settings.burst == 9


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"upsteam": "x"}, "upsteam", "did you mean 'upstream'"),
    ({"acess": {}}, "acess", "did you mean 'access'"),
    ({"access": {"hst": {}}}, "[access] hst", "did you mean 'hsts'"),
    ({"access": {"hsts": {"max-agee": "1d"}}}, "[access.hsts]", "did you mean 'max-age'"),
    ({"access": {"hsts": {"max-age": "1 year"}}}, "[access.hsts]", "expected a duration"),
    ({"access": {"hsts": {"max-age": 5}}}, "[access.hsts]", "with its unit"),
    ({"access": {"hsts": {"preload": "yes"}}}, "[access.hsts]", "preload"),
    ({"access": {"throttling": {"burst": 0}}}, "[access.throttling]", "burst"),
    ({"access": 5}, "[access]", "expected a table"),
    ({"operations": 5}, "[operations]", "expected a table"),
    ({"operations": {"POST /a": 5}}, "POST /a", "expected a table"),
    ({"operations": {"post /a": {}}}, "post /a", "METHOD /path"),
    ({"operations": {"POST /a": {"mode": "monitr"}}}, "POST /a", "mode"),
    ({"operations": {"POST /a": {"acces": {}}}}, "POST /a", "did you mean 'access'"),
    ({"operations": {"POST /a": {"access": {"hst": {}}}}}, "POST /a", "did you mean 'access.hsts'"),
    ({"operations": {"POST /a": {"access": {"hsts": {"x": 1}}}}}, "POST /a", "no setting 'x'"),
    ({"off": {"access.hst": "because it is so"}}, "access.hst", "did you mean 'access.hsts'"),
    ({"off": {"access.hsts": "no"}}, '[off] "access.hsts"', "takes a reason"),
    ({"off": {"access.hsts": "          "}}, '[off] "access.hsts"', "takes a reason"),
    ({"off": {"access.hsts": True}}, "", "expected `str`"),
    ({"only": ["access.private_allowlist"]}, "access.private_allowlist", "did you mean 'access.private-allowlist'"),
    ({"off": {"access.private_allowlist": "written in another way"}}, "", "did you mean 'access.private-allowlist'"),
    ({"mode": "observe"}, "", "invalid enum value"),
    ({"wire": {"workers": -1}}, "[wire]", "workers"),
    ({"wire": {"workrs": 2}}, "[wire]", "no setting 'workrs' (did you mean 'workers'?)"),
    ({"wire": {"timeout": "5s"}}, "[wire]", "no setting 'timeout'"),
    ({"wire": 5}, "", "wire"),
    ({"tls": {"certificates": "x.pem"}}, "[tls]", "did you mean 'certificate'"),
    ({"issuers": {"app": {"issuer": "a"}, "other": {"isuer": "b"}}}, "[issuers.other]", "did you mean 'issuer'"),
    ({"issuers": {"app": {"key": "in plain sight"}}}, "[issuers.app]", "a secret is not written here"),
    ({"issuers": {"app": {"key": {"env": "NOT_SET_ANYWHERE"}}}}, "[issuers.app]", "NOT_SET_ANYWHERE"),
    ({"issuers": {"app": "https://id.test"}}, "", "issuers"),
    ({"issuers": 5}, "", "issuers"),
    ({"listen": 8080}, "", "expected `str`"),
]


@pytest.mark.parametrize(("plain", "where", "said"), WRONG)
def test_a_mistake_is_said_where_it_stands(plain: dict[str, Any], where: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        from_plain(plain, file="policy.toml")
    assert "policy.toml" in error.value.where
    assert where in error.value.where
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_of_several_tables_the_one_with_the_mistake_is_named() -> None:
    plain = {
        "access": {"throttling": {"burst": 0}},
        "operations": {"POST /a": {"access": {"throttling": {"requests": 5}}}},
    }
    with pytest.raises(ConfigError) as error:
        from_plain(plain)
    assert "[access.throttling]" in error.value.where
    with pytest.raises(ConfigError) as error:
        from_plain({"access": {"burst": 0}})
    assert "[access]" in error.value.where


@pytest.mark.parametrize("content", [b"mode = ", b"\xff\xfe", b"[a\n"])
def test_what_is_no_toml_is_an_error_with_the_files_name(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "ostiary.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"ostiary\.toml"):
        read(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / "missing.toml")


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["mode", "off", "only", "operations", "access", "hsts", "max-age", "wire", "POST /a"])
            | st.text(max_size=5),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["mode", "off", "only", "operations", "access", "beyond", "wire", "tls", "also"]), PLAIN
    )
)
def test_no_file_crashes_the_reader(plain: dict[str, Any]) -> None:
    with contextlib.suppress(ConfigError):
        from_plain(plain)


def test_every_default_is_in_its_own_range() -> None:
    for control_id in catalogue.ids():
        kind = catalogue.control(control_id).settings
        if kind is not None:
            assert resolve(Config(), control_id).settings == kind()


@pytest.mark.parametrize("only", [[], ["infra.patching"]])
def test_a_file_that_leaves_no_control_on_is_a_mistake(only: list[str]) -> None:
    with pytest.raises(ConfigError, match="nothing would be"):
        from_plain({"only": only})
    assert from_plain({"only": [*only, "access.hsts"]}).only == (*only, "access.hsts")


def test_issuers_may_be_plain_data_in_python_too() -> None:
    plain: Any = {
        "main": {"issuer": "https://id.example", "audience": ["api"], "algorithms": ["HS256"], "key": Secret("k" * 40)}
    }
    checked = check(Config(issuers=plain))
    assert checked.issuers["main"].audience == ("api",)
    wrong: Any = {"main": {"isuer": "https://id.example"}}
    with pytest.raises(ConfigError, match=r"issuers\.main.*isuer"):
        check(Config(issuers=wrong))
