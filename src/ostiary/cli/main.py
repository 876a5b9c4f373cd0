"""The command line: a table of commands, one module each, and one place where errors become a sentence and a code."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from ostiary import __version__
from ostiary.cli.pipe import drop_output
from ostiary.errors import ConfigError, OstiaryError
from ostiary.parts.printable import printable

COMMANDS = {  # each is a module here with add_arguments(parser) and run(args) -> exit code
    "demo": "show the loop: audit, guard, audit again; on a careless example API or on yours",
    "audit": "say which controls an API, its source, its packages and its machines keep, with evidence",
    "loop": "audit an API, write the policy that closes what is found, and prove it through the gateway",
    "serve": "enforce a policy in front of an API; or serve accounts (--identity)",
    "user": "make, close and look after accounts",
    "client": "register the applications that may ask for tokens",
    "key": "list and rotate the keys that tokens are signed with",
    "identity": "back up and restore accounts, rotate their keys, read the outbox",
    "init": "write a commented ostiary.toml",
    "check": "say whether a policy and its document work, and what is on",
    "attest": "answer the questions of an audit that only people can",
    "advisories": "fetch what is known of vulnerable packages, and say how old it is",
    "sbom": "write what a folder, an archive or an image is made of, as CycloneDX",
    "ban": "shut out a source, a caller or a tenant; close a route; for a while",
    "controls": "list the catalogue, and what is enforced and audited today",
    "explain": "show one control: its page, its place in the order, its settings",
    "jail": "list and free who is jailed for guessing passwords and codes",
    "version": "print the version",
}
WRONG_USE = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells have it

_EXTRAS = {  # which extra brings the module that is missing
    "httptools": "gateway",
    "uvloop": "gateway",
    "cryptography": "gateway",
    "h11": "audit",
    "rich": "audit",
    "jinja2": "audit",
    "packaging": "audit",
    "uvicorn": "demo",
    **dict.fromkeys(
        (
            "starlette",
            "sqlalchemy",
            "alembic",
            "aiosqlite",
            "bcrypt",
            "argon2",
            "webauthn",
            "pyotp",
            "aiosmtplib",
            "email_validator",
            "zxcvbn_rs_py",
            "PIL",
            "segno",
            "joserfc",
            "altcha",
        ),
        "identity",
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit code: 0 done, 2 wrong use, others as the command says."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except OstiaryError as error:
        return _say(str(error))
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        return _say(f'{error.name} is not installed: pip install "ostiary[{extra}]"')
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        drop_output()
        return 0
    except OSError as error:
        if error.errno in {
            errno.EADDRINUSE,
            errno.EACCES,
            errno.EADDRNOTAVAIL,
            errno.ENOENT,
            errno.EISDIR,
            errno.ENOTDIR,
            errno.EROFS,
            errno.ENOSPC,
        }:
            return _say(_os_sentence(error))
        raise
    return code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence instead of the whole usage."""
        self.exit(WRONG_USE, f"{self.prog}: {message} ({self.prog} --help says more)\n")


def parser(chosen: str | None = None) -> argparse.ArgumentParser:
    """The parser; only the chosen command's module is imported, so that a missing extra stops nothing else."""
    top = _Parser(
        prog="ostiary",
        description="The API security checklist as a running system: audit finds it, guard closes it, audit proves it.",
        epilog="ostiary COMMAND --help says more about one.",
    )
    top.add_argument("--version", action="version", version=f"ostiary {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name == chosen and name != "version":
            _module(name).add_arguments(sub)
    return top


def _run(arguments: list[str]) -> int:
    chosen = next((each for each in arguments if not each.startswith("-")), None)
    if chosen is not None and chosen not in COMMANDS and arguments[0] == chosen:
        from ostiary.catalogue import did_you_mean  # noqa: PLC0415 - only for the mistake

        raise ConfigError(f"ostiary {chosen}", "no such command", did_you_mean(chosen, [*COMMANDS]) or _commands())
    made = parser(chosen)
    if not arguments:
        made.print_help(sys.stderr)
        return WRONG_USE
    args, unknown = made.parse_known_args(arguments)
    if unknown:
        where = f"ostiary {args.command}"
        raise ConfigError(where, f"takes no {unknown[0]!r}", f"{where} --help lists what it takes")
    if args.command == "version":
        print(f"ostiary {__version__}")
        return 0
    code = _module(args.command).run(args)
    return int(code or 0)


def _module(name: str) -> Any:  # a command module: add_arguments and run
    return importlib.import_module(f"ostiary.cli.{name}")


def _commands() -> str:
    return f"commands are {', '.join(COMMANDS)}"


def _os_sentence(error: OSError) -> str:
    what = os.strerror(error.errno or 0).lower()
    where = f"{error.filename}: " if error.filename else ""
    if error.errno == errno.EADDRINUSE:
        return f"{where}the address is in use ({error.strerror}); stop what listens there, or choose another port"
    return f"{where}{what}"


def _say(sentence: str) -> int:
    print(f"ostiary: {printable(sentence)}", file=sys.stderr)
    return WRONG_USE
