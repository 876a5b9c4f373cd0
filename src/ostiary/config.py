"""One TOML file and the Python API are the same frozen structs; what is wrong in them is said before a port opens."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast, get_args

from ostiary import catalogue
from ostiary.errors import ConfigError
from ostiary.model import Operation
from ostiary.parts.accounts import Account, Audit, Client, Login
from ostiary.parts.identity_settings import Identity
from ostiary.parts.issuers import Issuer
from ostiary.parts.roles import recognised
from ostiary.parts.sockets import Tls, Wire
from ostiary.parts.waivers import Waiver
from ostiary.strict import Duration, Strict, ValidationError, attribute, convert, fields

__all__ = [
    "Config", "Mode", "Override", "Profile", "Resolved", "Role", "Tls", "Wire", "check", "check_extensions", "from_plain",
    "is_particular", "mode_of", "read", "resolve", "role_of",
]  # fmt: skip

_EXTENSION = "x-ostiary-"
_SHORTEST = len("because x")
Mode = Literal["enforce", "monitor"]
Profile = Literal["production", "development"]
Role = Literal["", "login", "otp-verify", "otp-send", "reset", "register"]


class Override(Strict, frozen=True):
    """What one operation does differently; the control tables are in `controls`."""

    mode: Mode | None = None
    role: Role | None = None
    controls: dict[str, Any] = {}


class Config(Strict, frozen=True):
    """A whole policy.

    ``only`` restricts the guard to these controls; ``off`` maps a control to the reason why it is off, which every
    report repeats; ``also`` names operations that are served besides the document's (``"GET /docs"``).
    ``issuers`` says whose tokens are believed, each under a name of the policy's own.
    ``audit`` is for audits alone: whom they sign in as. ``waivers`` are findings that somebody lives with for a while.
    ``attest`` holds people's answers to questions that no check decides, by control; ``identity`` is the accounts' table.
    ``controls`` maps an id to its settings, plain data or a `Settings`; ``sections`` gives defaults for a section.
    """

    api: str | None = None
    upstream: str | None = None
    store: str = "memory"
    mode: Mode = "enforce"
    profile: Profile = "production"
    listen: str = "127.0.0.1:8080"
    admin: str = "127.0.0.1:9901"
    tls: Tls | None = None
    wire: Wire = Wire()
    also: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    off: dict[str, str] = {}
    issuers: dict[str, Issuer] = {}
    audit: Audit = Audit()
    waivers: tuple[Waiver, ...] = ()
    attest: dict[str, dict[str, Any]] = {}
    identity: Identity | None = None
    controls: dict[str, Any] = {}
    sections: dict[str, dict[str, Any]] = {}
    operations: dict[str, Override] = {}
    file: str = ""  # where it was read from; for messages and relative paths


class Resolved(NamedTuple):
    """Effective settings of a control for an operation, and for each field where its value comes from."""

    settings: Any
    origins: dict[str, str]


_PLAIN = frozenset(
    {"api", "upstream", "store", "mode", "profile", "listen", "admin", "tls", "wire", "also", "only", "off", "issuers",
     "audit", "waivers", "attest", "identity"}
)  # fmt: skip


def read(path: Path) -> Config:
    """Read ``ostiary.toml``.

    :raises ConfigError: when the file is missing, is not TOML, or holds an unknown key, control or value.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(str(path), f"cannot be read: {reason}", "give the path of an ostiary.toml") from error
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), f"is not TOML: {error}") from error
    return from_plain(plain, file=str(path))


def from_plain(plain: Mapping[str, Any], *, file: str = "ostiary.toml") -> Config:
    """Turn the file's tables into a `Config`, and check every control table against its control.

    :raises ConfigError: with the TOML path of the first mistake.
    """
    top: dict[str, Any] = {}
    controls: dict[str, Any] = {}
    sections: dict[str, dict[str, Any]] = {}
    operations: dict[str, Override] = {}
    for key, value in plain.items():
        if key in _PLAIN:
            top[key] = value
        elif key == "operations":
            tables = _table(value, f"{file}: [operations]")
            operations = {name: _override(table, f"{file}: [operations.{name!r}]") for name, table in tables.items()}
        elif key in catalogue.SECTIONS:
            own, sections[key] = _section(key, _table(value, f"{file}: [{key}]"), f"{file}: [{key}]")
            controls |= own
        else:
            known = [*_PLAIN, "operations", *catalogue.SECTIONS]
            raise ConfigError(f"{file}: {key}", "no such key", catalogue.did_you_mean(key, known))
    _check_tables(top, file)
    try:
        config = convert(top, Config)
    except ValidationError as error:
        raise ConfigError(file, _plainly(str(error))) from error
    config = check(_replace(config, file=file, controls=controls, sections=sections, operations=operations))
    if config.only is not None and not any(catalogue.control(each).guard for each in config.only):
        raise ConfigError(f"{file}: only", "no control that it names is enforced, so nothing would be", "leave it out")
    return config


def _check_waivers(config: Config) -> None:
    for at, each in enumerate(config.waivers, 1):
        _known(each.control, where := f"{config.file or 'config'}: [[waivers]] {at}")
        if len(each.reason.strip()) < _SHORTEST or not each.owner.strip():
            raise ConfigError(where, "a waiver takes a reason and an owner", "write a sentence, and who answers for it")


def check(config: Config) -> Config:
    """Check ids, reasons and settings; return the config, with issuers that were given as plain data read.

    :raises ConfigError: for an unknown control, an empty reason, or a setting out of its range.
    """
    config = _with_issuers(config)
    for control_id in [*(config.only or ()), *config.off, *config.attest, *config.controls]:
        _known(control_id, config.file or "config")
    for control_id, reason in config.off.items():
        if len(reason.strip()) < _SHORTEST:
            where = f'{config.file or "config"}: [off] "{control_id}"'
            raise ConfigError(where, "switching a control off takes a reason", "write a sentence; reports repeat it")
    _check_waivers(config)
    for control_id in [] if config.issuers else [*(config.only or ()), *config.controls]:
        if catalogue.control(control_id).wants_issuers:
            where = f"{config.file or 'config'}: {control_id}"
            raise ConfigError(where, "cannot tell callers apart: no issuer is known", "add a table [issuers.NAME]")
    shared = [each for each in catalogue.ids() if config.sections.get(each.partition(".")[0])]
    for control_id in dict.fromkeys([*config.controls, *shared]):
        resolve(config, control_id)
    for name, override in config.operations.items():
        method, _, path = name.partition(" ")
        if not method.isupper() or not path.startswith("/"):
            raise ConfigError(f"{config.file}: [operations.{name!r}]", 'expected "METHOD /path" as in the document')
        for control_id in override.controls:
            _known(control_id, f"{config.file}: [operations.{name!r}]")
            resolve(config, control_id, Operation(method=method, path=path))
    return config


def _with_issuers(config: Config) -> Config:
    """Read issuers that were given as plain data."""
    given: dict[str, Any] = dict(config.issuers)
    if all(isinstance(each, Issuer) for each in given.values()):
        return config
    file = config.file or "config"
    read = {
        name: each if isinstance(each, Issuer) else _settings(Issuer, dict(each), {}, f"{file}: [issuers.{name}]")
        for name, each in given.items()
    }
    return cast("Config", _replace(config, issuers=read))


def check_extensions(operation: Operation, source: str) -> None:
    """Check the ``x-ostiary-*`` extensions of an operation of the document read from `source`.

    :raises ConfigError: for one that names no control, that is no table, or a mode that is none.
    """
    for name, value in operation.extensions.items():
        if not name.startswith(_EXTENSION):
            continue
        where = f"{source}#{operation.pointer} {name}"
        if name == f"{_EXTENSION}mode":
            if value not in {"enforce", "monitor"}:
                raise ConfigError(where, 'expected "enforce" or "monitor"')
            continue
        if name == f"{_EXTENSION}role":
            if value not in get_args(Role):
                raise ConfigError(where, f"expected one of {', '.join(get_args(Role)[1:])}, or an empty text for none")
            continue
        known = {f"{_EXTENSION}{each.replace('.', '-')}": each for each in catalogue.ids()}
        if name not in known:
            raise ConfigError(where, "no control has this name", catalogue.did_you_mean(name, list(known)))
        if not isinstance(value, Mapping):
            raise ConfigError(where, "expected a table of settings")


def resolve(config: Config, control_id: str, operation: Operation | None = None) -> Resolved:
    """Settings of a control: its defaults <- its section <- its table <- ``x-ostiary-*`` <- the operation's table."""
    kind = catalogue.control(control_id).settings
    if kind is None:
        return Resolved(None, {})
    file = config.file or "config"
    section, _, name = control_id.partition(".")
    names = fields(kind)
    layers: list[tuple[str, Mapping[str, Any]]] = [
        (f"{file} [{section}]", {k: v for k, v in config.sections.get(section, {}).items() if k in names}),
        (f"{file} [{control_id}]", _as_plain(config.controls.get(control_id, {}))),
    ]
    if operation is not None:
        extension = operation.extensions.get(f"x-ostiary-{section}-{name}", {})
        if extension:
            layers.append((f"{operation.key} x-ostiary-{section}-{name}", extension))
        override = config.operations.get(operation.key)
        if override is not None and control_id in override.controls:
            layers.append((f'{file} [operations."{operation.key}"]', _as_plain(override.controls[control_id])))
    values: dict[str, Any] = {}
    origins = dict.fromkeys(names, "default")
    for origin, layer in layers:
        for key in layer:
            if key not in names:
                raise ConfigError(f"{origin} {control_id}", f"no setting {key!r}", _keys_hint(key, names))
        values |= layer
        origins |= dict.fromkeys(layer, origin)
    return Resolved(_settings(kind, values, origins, control_id), origins)


def is_particular(config: Config, control_id: str, operation: Operation) -> bool:
    """Whether an operation may have settings of its own for a control; if not, one `resolve` serves all of them."""
    override = config.operations.get(operation.key)
    if override is not None and control_id in override.controls:
        return True
    return bool(operation.extensions) and f"{_EXTENSION}{control_id.replace('.', '-')}" in operation.extensions


def mode_of(config: Config, operation: Operation) -> Mode:
    """Enforce or monitor, for this operation."""
    override = config.operations.get(operation.key)
    if override is not None and override.mode is not None:
        return override.mode
    extension = operation.extensions.get("x-ostiary-mode")
    return extension if extension in {"enforce", "monitor"} else config.mode


def role_of(config: Config, operation: Operation) -> str:
    """What an operation is to an attacker: by the policy, by ``x-ostiary-role``, or recognised from the document."""
    override = config.operations.get(operation.key)
    if override is not None and override.role is not None:
        return override.role
    said = operation.extensions.get(f"{_EXTENSION}role")
    return said if isinstance(said, str) else recognised(operation)


def _check_tables(top: Mapping[str, Any], file: str) -> None:
    """Name the table and the setting in which a mistake is; the whole is converted afterwards."""
    issuers = top.get("issuers", {})
    tables: list[tuple[str, Any, type[Strict]]] = [("[tls]", top.get("tls"), Tls), ("[wire]", top.get("wire"), Wire)]
    if isinstance(issuers, dict):
        tables += [(f"[issuers.{name}]", table, Issuer) for name, table in issuers.items()]
    identity = top.get("identity")
    if isinstance(identity, dict):
        inner = {each: kind for each, default in fields(Identity).items() if issubclass(kind := type(default), Strict)}
        tables += [(f"[identity.{each}]", identity.get(each), kind) for each, kind in inner.items()]
        tables.append(("[identity]", identity, Identity))
    audit = top.get("audit")
    if isinstance(audit, dict):
        accounts = audit.get("accounts")
        named = accounts.items() if isinstance(accounts, dict) else ()
        tables += [(f"[audit.accounts.{name}]", table, Account) for name, table in named]
        tables += [("[audit.login]", audit.get("login"), Login), ("[audit.client]", audit.get("client"), Client)]
        tables += [("[audit]", audit, Audit)]
    for name, table, kind in tables:
        if not isinstance(table, dict):
            continue
        names = fields(kind)
        for key in table:
            if key not in names:
                raise ConfigError(f"{file}: {name}", f"no setting {key!r}", _keys_hint(key, names))
        try:
            convert(table, kind)
        except ValidationError as error:
            raise ConfigError(f"{file}: {name}", _plainly(str(error))) from error


def _known(control_id: str, where: str) -> None:
    """An id in another spelling would be looked up under the right one and not be found."""
    if control_id not in catalogue.ids():
        hint = catalogue.did_you_mean(control_id.replace("_", "-"), list(catalogue.ids()))
        raise ConfigError(f"{where}: {control_id}", "no control has this id", hint)


def _settings(kind: type[Any], values: dict[str, Any], origins: dict[str, str], control_id: str) -> Any:
    plain = {key: value for key, value in values.items() if not _is_ours(value)}
    ready = {attribute(key): value for key, value in values.items() if _is_ours(value)}
    try:
        read = convert(plain, kind)
        return _replace(read, **ready) if ready else read
    except (ValidationError, ValueError) as error:
        said = _FIELD.search(str(error))
        origin = origins.get(said[1] if said else "", "default")
        given = [each for each in origins.values() if each != "default"]
        where = origin if origin != "default" else (given[-1] if given else "")
        raise ConfigError(f"{where} {control_id}".strip(), _plainly(str(error))) from error


_FIELD = re.compile(r"`\$\.([a-z0-9-]+)")


def _is_ours(value: object) -> bool:
    return isinstance(value, (Duration, Strict)) or type(value).__name__ in {"Size", "Secret"}


def _as_plain(table: Any) -> Mapping[str, Any]:
    if isinstance(table, Strict):
        defaults = fields(type(table))
        found = {name: getattr(table, attribute(name)) for name in defaults}
        return {name: value for name, value in found.items() if value != defaults[name]}
    if not isinstance(table, Mapping):
        raise ConfigError("config", "expected a table of settings")
    return table


def _section(section: str, table: dict[str, Any], where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    own: dict[str, Any] = {}
    shared: dict[str, Any] = {}
    ids = [each for each in catalogue.ids() if each.startswith(f"{section}.")]
    for key, value in table.items():
        if f"{section}.{key}" in ids and isinstance(value, dict):
            own[f"{section}.{key}"] = value
        elif key in _fields_of(tuple(ids)):
            shared[key] = value
        else:
            known = [each.partition(".")[2] for each in ids] + sorted(_fields_of(tuple(ids)))
            raise ConfigError(f"{where} {key}", "no such control or setting", catalogue.did_you_mean(key, known))
    return own, shared


@functools.cache
def _fields_of(ids: tuple[str, ...]) -> frozenset[str]:
    kinds = [catalogue.control(each).settings for each in ids]
    return frozenset(name for kind in kinds if kind is not None for name in fields(kind))


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(where, "expected a table")
    return value


def _override(table: Any, where: str) -> Override:
    table = _table(table, where)
    controls: dict[str, Any] = {}
    mode = role = None
    for key, value in table.items():
        if key == "mode" and value in {"enforce", "monitor"}:
            mode = value
        elif key == "role" and value in get_args(Role):
            role = value
        elif key in catalogue.SECTIONS and isinstance(value, dict):
            for name, settings in value.items():
                _known(f"{key}.{name}", where)
                controls[f"{key}.{name}"] = settings
        else:
            known = ["mode", "role", *catalogue.SECTIONS]
            raise ConfigError(f"{where} {key}", "no such key", catalogue.did_you_mean(key, known))
    return Override(mode=mode, role=role, controls=controls)


def _keys_hint(key: str, names: Mapping[str, Any]) -> str:
    return catalogue.did_you_mean(key, list(names)) or f"it has {', '.join(sorted(names))}"


def _plainly(message: str) -> str:
    return message[:1].lower() + message[1:].replace(" - at `$.", " - at `").replace("Object contains", "contains")


def _replace(struct: Any, **changes: Any) -> Any:
    values = {name: getattr(struct, name) for name in struct.__struct_fields__}
    return type(struct)(**(values | changes))
