"""Accounts from the command line: what an operator does to them, with the same flows as the API, and the same events."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from ostiary.cli.accounts import add_accounts_arguments, asked_password, run_with
from ostiary.cli.columns import table
from ostiary.errors import ConfigError

if TYPE_CHECKING:
    from ostiary.identity.services import Services
    from ostiary.identity.storage.users import User

ACTOR: Final = "operator:cli"
PASSWORD: Final = "OSTIARY_USER_PASSWORD"  # noqa: S105 - the name of a variable
_ACTIONS: Final = {
    "add": "make an account; its address counts as proven, its password is asked for",
    "list": "list accounts",
    "show": "show one account",
    "disable": "close an account: nobody signs in, and everything alive of it ends",
    "enable": "open it again",
    "end-sessions": "end every session and token of an account",
    "reset": "end everything alive, and have a new password chosen at the next sign-in",
    "role": "make somebody an operator, or a user again",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary user``."""
    parser.epilog = f"Passwords are never arguments: they are asked for, read from standard input, or from {PASSWORD}."
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in _ACTIONS.items():
        each = actions.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name != "list":
            each.add_argument(
                "name",
                metavar="ADDRESS",
                help="the account's e-mail address" + ("" if name == "add" else ", or its id"),
            )
        if name == "add":
            each.add_argument("--name", dest="called", default="", metavar="NAME", help="what others may see")
        if name in {"add", "role"}:
            each.add_argument(
                "--role",
                choices=("user", "operator"),
                default="user" if name == "add" else None,
                required=name == "role",
            )
        if name == "disable":
            each.add_argument("--why", default="by an operator", help="kept with the account")
        add_accounts_arguments(each)
        each.add_argument("--json", action="store_true", help="say it as JSON")


def run(args: argparse.Namespace) -> int:
    """Do what the action says.

    :raises OstiaryError: when there is no such account, or the flow refuses.
    """
    if args.action == "list":
        return _list(args)
    if args.action == "add":
        _print(args, run_with(args, _adding(args)))
        return 0

    async def act(services: Services) -> User:
        from ostiary.identity.flows import operating  # noqa: PLC0415 - needs the extra "identity"

        user = await operating.find(services, args.name)
        if args.action == "disable":
            await operating.disable(services, user, args.why, actor=ACTOR)
        elif args.action == "enable":
            await operating.enable(services, user, actor=ACTOR)
        elif args.action == "end-sessions":
            await operating.end_sessions(services, user, actor=ACTOR)
        elif args.action == "reset":
            await operating.require_reset(services, user, actor=ACTOR)
        elif args.action == "role":
            await operating.set_role(services, user, args.role, actor=ACTOR)
        return await operating.find(services, user.id)

    _print(args, run_with(args, act))
    return 0


def _adding(args: argparse.Namespace) -> Any:
    if "@" not in args.name:
        raise ConfigError(f"ostiary user add {args.name}", "is no e-mail address", "ada@example.com")
    password = asked_password(PASSWORD, what=f"Password of {args.name}")

    async def act(services: Services) -> User:
        from ostiary.identity.flows import operating  # noqa: PLC0415 - as above

        return await operating.add(services, args.name, password, name=args.called, role=args.role, actor=ACTOR)

    return act


def _list(args: argparse.Namespace) -> int:
    async def act(services: Services) -> list[User]:
        from ostiary.identity.storage import users  # noqa: PLC0415 - as above

        found: list[User] = []
        async with services.database.read() as connection:
            while page := await users.page(connection, services.ring, after=found[-1].id if found else ""):
                found += page
        return found

    found = run_with(args, act)
    if args.json:
        print(json.dumps([_plain(each) for each in found], indent=2))
        return 0
    rows = [("ADDRESS", "ROLE", "STATE", "SINCE", "ID")]
    rows += [(each.email, each.role, _state(each), _day(each.created_at), each.id) for each in found]
    print(table(rows) if found else "no accounts yet")
    return 0


def _print(args: argparse.Namespace, user: User) -> None:
    if args.json:
        print(json.dumps(_plain(user), indent=2))
        return
    print("\n".join(f"{name:<15} {value}" for name, value in _plain(user).items() if value not in {None, ""}))


def _plain(user: User) -> dict[str, Any]:
    return {
        "id": user.id, "email": user.email, "email_verified": user.email_verified_at is not None, "name": user.name,
        "role": user.role, "state": _state(user), "created": _day(user.created_at),
    }  # fmt: skip


def _state(user: User) -> str:
    if user.disabled_at is not None:
        return "disabled"
    if user.must_change_password:
        return "password to change"
    return "active" if user.email_verified_at is not None else "address unproven"


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
