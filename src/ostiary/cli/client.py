"""Clients of the OAuth server: registered, listed, given a secret, and removed, by the rules that the API has too."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ostiary.cli.accounts import add_accounts_arguments, run_with
from ostiary.cli.columns import table
from ostiary.errors import ConfigError
from ostiary.parts.printable import printable
from ostiary.strict import ValidationError, convert

if TYPE_CHECKING:
    from ostiary.identity.oauth.registration import Registered
    from ostiary.identity.services import Services
    from ostiary.identity.storage.clients import Client

ACTOR: Final = "operator:cli"
_METHODS: Final = {
    "none": "none",
    "basic": "client_secret_basic",
    "post": "client_secret_post",
    "private-key-jwt": "private_key_jwt",
}
_GRANTS: Final = {
    "code": "authorization_code",
    "refresh": "refresh_token",
    "client-credentials": "client_credentials",
    "device": "urn:ietf:params:oauth:grant-type:device_code",
}
_LISTS: Final = (
    "redirect_uris", "logout_uris", "grants", "scopes", "default_scopes", "audience",
)  # fmt: skip
_SWITCHES: Final = ("dpop", "pushed_only", "first_party", "introspects")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary client``."""
    parser.epilog = "A secret is said once, when it is made: only its digest is kept."
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_add(actions.add_parser("add", help="register a client"))
    for name, help_ in (
        ("list", "list all clients"),
        ("show", "show how a client is registered"),
        ("secret", "give a client another secret; the former one is good no more"),
        ("disable", "serve a client no more; what was granted to it is dead"),
        ("enable", "serve a client again"),
        ("remove", "delete a client and all that was granted to it"),
    ):
        action = actions.add_parser(name, help=help_)
        if name != "list":
            action.add_argument("client", metavar="ID", help="its client_id")
        _add_common(action)


def _add_common(parser: argparse.ArgumentParser) -> None:
    add_accounts_arguments(parser)
    parser.add_argument("--json", action="store_true", help="say it as JSON")


def _add_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what people read when they are asked for consent")
    many: dict[str, Any] = {"action": "append", "default": []}
    parser.add_argument("--redirect-uri", **many, metavar="URI", help="compared as a string, except a loopback's port")
    parser.add_argument("--logout-uri", **many, metavar="URI", help="where it may send people after signing out")
    parser.add_argument("--grant", **many, choices=[*_GRANTS], help="(default: code where there is a --redirect-uri)")
    parser.add_argument("--scope", **many, metavar="SCOPE", help="one that it may ask for")
    parser.add_argument("--default-scope", **many, metavar="SCOPE", help="one that it gets when it asks for none")
    parser.add_argument(
        "--audience", **many, metavar="URI", help="a resource its tokens may be for (default: the first)"
    )
    parser.add_argument("--method", choices=[*_METHODS], default="basic", help="how it authenticates (default: basic)")
    parser.add_argument("--jwks", metavar="FILE", help="its public keys, for private-key-jwt")
    parser.add_argument("--uri", metavar="URL", help="its home page")
    parser.add_argument(
        "--opaque", action="store_true", help="its access tokens are random, and have to be introspected"
    )
    parser.add_argument("--dpop", action="store_true", help="its tokens must be bound to a key of its own")
    parser.add_argument("--pushed-only", action="store_true", help="it must push its authorization requests")
    parser.add_argument("--first-party", action="store_true", help="people are not asked for consent")
    parser.add_argument("--introspects", action="store_true", help="it is a resource, and may ask about tokens for it")
    _add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Do what the action says.

    :raises OstiaryError: when it cannot be done.
    """
    if args.action == "add":
        return _add(args)
    if args.action == "list":
        return _list(args)
    if args.action == "show":
        return _show(args)
    return _act(args)


def _add(args: argparse.Namespace) -> int:
    from ostiary.identity.oauth.registration import NewClient, register  # noqa: PLC0415 - needs the extra "identity"

    try:
        given = convert(_given(args), NewClient)
    except ValidationError as error:
        raise ConfigError("ostiary client add", str(error)) from error

    async def act(services: Services) -> Registered:
        return await register(services, given, actor=ACTOR)

    made = run_with(args, act)
    if args.json:
        print(json.dumps(_plain(made.client) | ({"secret": made.secret} if made.secret else {}), indent=2))
        return 0
    print(f"client_id      {made.client.id}")
    if made.secret:
        print(f"client_secret  {made.secret}")
        print("The secret is not shown again.")
    return 0


def _given(args: argparse.Namespace) -> dict[str, Any]:
    given: dict[str, Any] = {
        "name": args.name,
        "method": _METHODS[args.method],
        "redirect_uris": args.redirect_uri,
        "logout_uris": args.logout_uri,
        "grants": [_GRANTS[each] for each in args.grant or (["code"] if args.redirect_uri else [])],
        "scopes": args.scope,
        "default_scopes": args.default_scope,
        "audience": args.audience,
        "token_format": "opaque" if args.opaque else "jwt",
        **{name: getattr(args, name) for name in _SWITCHES},
    }
    if args.uri:
        given["uri"] = args.uri
    if args.jwks:
        given["jwks"] = _keys(Path(args.jwks))
    return given


def _keys(path: Path) -> list[Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"--jwks {path}", "cannot be read as JSON") from error
    keys = found.get("keys", [found]) if isinstance(found, dict) else None
    if not isinstance(keys, list) or not keys:
        raise ConfigError(f"--jwks {path}", "is neither a key nor a key set")
    return keys


def _list(args: argparse.Namespace) -> int:
    found = run_with(args, _every)
    if args.json:
        print(json.dumps([_plain(each) for each in found], indent=2))
        return 0
    if not found:
        print("no client is registered")
        return 0
    rows = [("CLIENT", "METHOD", "STATE", "NAME")]
    for each in found:
        state = "disabled" if each.disabled_at is not None else "on"
        rows.append((each.id, each.method.removeprefix("client_secret_"), state, printable(each.name)))
    print(table(rows))
    return 0


async def _every(services: Services) -> list[Client]:
    from ostiary.identity.storage import clients  # noqa: PLC0415 - as above

    found: list[Client] = []
    async with services.database.read() as connection:
        while True:
            page = await clients.every(connection, after=found[-1].id if found else "")
            found += page
            if not page:
                return found


def _show(args: argparse.Namespace) -> int:
    from ostiary.identity.oauth import administering  # noqa: PLC0415 - as above

    plain = _plain(run_with(args, lambda services: administering.find(services, args.client)))
    if args.json:
        print(json.dumps(plain, indent=2))
        return 0
    width = max(map(len, plain)) + 2
    for name, value in plain.items():
        text = " ".join(map(str, value)) if isinstance(value, list) else value
        if isinstance(value, bool):
            text = "yes" if value else "no"
        print(f"{name:{width}}{printable(str(text))}".rstrip())
    return 0


def _act(args: argparse.Namespace) -> int:
    from ostiary.identity.oauth import administering  # noqa: PLC0415 - as above

    async def act(services: Services) -> str:
        if args.action == "secret":
            return await administering.renew_secret(services, args.client, actor=ACTOR)
        if args.action == "remove":
            await administering.remove(services, args.client, actor=ACTOR)
        else:
            await administering.set_enabled(services, args.client, enabled=args.action == "enable", actor=ACTOR)
        return ""

    secret = run_with(args, act)
    if args.json:
        print(json.dumps({"client_id": args.client} | ({"client_secret": secret} if secret else {"done": args.action})))
    elif secret:
        print(f"client_secret  {secret}")
        print("The secret is not shown again; the former one is good no more.")
    else:
        print(f"{args.client}: {args.action}d")
    return 0


def _plain(client: Client) -> dict[str, Any]:
    """How a client is registered, without anything secret."""
    plain: dict[str, Any] = {"client_id": client.id, "name": client.name, "method": client.method}
    plain |= {name: list(getattr(client, name)) for name in _LISTS}
    plain |= {name: getattr(client, name) for name in _SWITCHES}
    plain |= {"tokens": client.token_format, "uri": client.uri or "", "keys": len(client.jwks)}
    plain["created"] = datetime.fromtimestamp(client.created_at, UTC).isoformat(timespec="seconds")
    plain["disabled"] = client.disabled_at is not None
    return plain
