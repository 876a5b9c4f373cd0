"""Where a key or a password in code comes from: written there, a default that stands in, the environment, chance, or not seen."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.code import Call, Code, Spot, Value

_ENVIRONMENT: Final = re.compile(
    r"(?:^|[./])(?:getenv|LookupEnv|Getenv|environ(?:\.get|\.setdefault|\.pop)?|env(?:\.\w+)?|Env\.get|ENV(?:\.fetch)?|config|get_?secret\w*|getProperty|getString|"
    r"GetString|viper\.\w+|get_secret_value|access_secret_version|read_secret\w*|config\.get\w*|ConfigService\.get\w*|configService\.get\w*|dig|fetch)$"
)
_ENV_NAME: Final = re.compile(
    r"(?:^|[.])(?:process\.env|os\.environ|import\.meta\.env|ENV|_ENV|_SERVER|Deno\.env)(?:\.|$|\[)"
)
_CHANCE: Final = re.compile(
    r"(?i)(?:secrets\.token_\w+|os\.urandom|randomBytes|get_random_secret_key|secretKeyFor|generate_?key\w*|generateSecret|SecureRandom\w*\.\w+|random_bytes|"
    r"Keys\.keyPairFor|Jwts\.SIG\.\w+\.key|token_bytes|SecureRandom|uuid4|randomUUID|generateKeyPair\w*|new_key|generate_private_key|crypto/rand\.Read)"
)
_DERIVING: Final = re.compile(
    r"(?i)(?:^|\.)(?:encode|getBytes|bytes|str|strip|hmacShaKeyFor|TextEncoder\(\)\.encode|from|toString|decode|b64decode|SecretKeySpec|Byte|string|trim|createSecretKey|asKey|importJWK|import_key|jwk\.JWK|OctKey\.import_key|build|Secret|SecretStr|Base64\.\w+|getDecoder\(\)\.decode|pack)$"
)
_PUBLIC: Final = re.compile(r"-----BEGIN (?:RSA |EC )?(?:PUBLIC KEY|CERTIFICATE)")
PLACEHOLDER: Final = re.compile(r"^\s*$|^(?:\$\{[^:}]*\}|<[^>]*>|\{\{[^}]*\}\}|%\w+%)$")
_DEEPEST: Final = 5


class Source(enum.Enum):
    """Where a value comes from."""

    WRITTEN = "written"  # it stands in the code
    DEFAULT = "default"  # it stands there for when nothing else is given
    ENVIRONMENT = "environment"
    CHANCE = "chance"  # made by a generator
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from; ``text`` is what was written, never to be shown; ``spot`` is where, if it is elsewhere."""

    source: Source
    text: str = ""
    spot: Spot | None = None


def origins(code: Code, value: Value, user: Spot) -> Iterator[Origin]:
    """All that a value may be.

    :param user: what uses it.
    """
    yield from _origins(code, value, user, None, 0, Source.WRITTEN)


def _origins(  # noqa: PLR0917 - one step of following
    code: Code, value: Value, user: Spot, spot: Spot | None, depth: int, kind: Source
) -> Iterator[Origin]:
    if isinstance(value.literal, (str, bytes)):
        text = value.literal if isinstance(value.literal, str) else value.literal.decode("utf-8", "replace")
        if not _PUBLIC.search(text) and not PLACEHOLDER.match(text):
            yield Origin(kind, text, spot)
        return
    if value.known or depth > _DEEPEST:
        return
    found = _by_call(code, value, user, spot, depth)
    if found is not None:
        yield from found
    elif value.parts and not value.built:
        inner = Source.DEFAULT if len(value.parts) > 1 or value.name else kind
        setting = _assigned(code, value.name, value, user) if len(value.parts) == 1 else None
        for each in value.parts:
            yield from _origins(code, each, user, setting[1] if setting is not None else spot, depth + 1, inner)
    elif value.call is not None and _DERIVING.search(value.call.name):
        for each in [*value.call.args, *filter(None, [value.call.receiver])][:3]:
            yield from _origins(code, each, user, spot, depth + 1, kind)
    else:
        elsewhere = _assigned(code, value.name, value, user)
        if elsewhere is None:
            yield Origin(Source.UNSEEN)
        else:
            yield from _origins(code, elsewhere[0], elsewhere[1], elsewhere[1], depth + 1, kind)


def _by_call(code: Code, value: Value, user: Spot, spot: Spot | None, depth: int) -> list[Origin] | None:
    """What generators, the environment and tables of settings give; None: it is none of these."""
    call = value.call
    if _ENV_NAME.search(value.name):
        return [Origin(Source.ENVIRONMENT)]
    if call is None:
        return None
    if _CHANCE.search(call.name):
        return [Origin(Source.CHANCE)]
    key = call.argument(0)
    if call.method == "get" and key is not None and isinstance(key.literal, str):
        setting = _assigned(code, f"config.{key.literal}", value, user)
        if setting is not None:
            return list(_origins(code, setting[0], setting[1], setting[1], depth + 1, Source.WRITTEN))
    if _ENVIRONMENT.search(call.name):
        return [*_environment(code, call, user, spot, depth), Origin(Source.ENVIRONMENT)]
    return None


def _environment(code: Code, call: Call, user: Spot, spot: Spot | None, depth: int) -> Iterator[Origin]:
    given = call.argument(1, "default")
    if given is not None and given.literal is not None and given.literal is not False:
        yield from (
            each
            for each in _origins(code, given, user, spot, depth + 1, Source.DEFAULT)
            if each.source in {Source.DEFAULT, Source.WRITTEN}
        )


def _assigned(code: Code, name: str, value: Value, user: Spot) -> tuple[Value, Spot] | None:
    """The one place in the tree where something of that name gets its value."""
    last = name.rpartition(".")[2]
    if not last or (value.parameters and "." not in name):
        return None
    found = [
        each
        for each in code.assignments(f".{last}", languages=[user.language])
        if (each.function is None or "." in each.name) and each.value is not value and each.name != f"self.{last}"
    ]
    here = [each for each in found if each.path == user.path]
    chosen = here if len(here) == 1 else found
    return (chosen[0].value, chosen[0]) if len(chosen) == 1 else None
