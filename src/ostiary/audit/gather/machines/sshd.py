"""sshd itself is asked what it would do, for everybody and for each kind of caller it treats apart, and then on the wire."""

from __future__ import annotations

import asyncio
import grp
import os
import pwd
import shutil
from collections.abc import Sequence
from typing import Final

from ostiary.audit.gather import ssh
from ostiary.audit.gather.machines.files import Files
from ostiary.errors import Unanswerable
from ostiary.evidence.machine import Listening, Process
from ostiary.evidence.machine_facts import Ssh, SshRules
from ostiary.parts.machines.sshd_config import STRANGER, callers
from ostiary.parts.printable import on_one_line

USUAL: Final = "/etc/ssh/sshd_config"
_PLACES: Final = ("/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/local/sbin/sshd")
_SECONDS: Final = 5.0
_MOST_PORTS: Final = 4
_PORTS: Final = (22, 2222)
_KEPT: Final = frozenset({
    "passwordauthentication", "kbdinteractiveauthentication", "challengeresponseauthentication", "pubkeyauthentication",
    "permitrootlogin", "permitemptypasswords", "authenticationmethods", "usepam", "hostbasedauthentication",
    "gssapiauthentication", "port", "listenaddress",
})  # fmt: skip


async def access(listening: Sequence[Listening], processes: Sequence[Process], files: Files) -> Ssh:
    """How one signs in here; ``running`` is whether anybody listens for it."""
    sockets = [each for each in listening if each.protocol == "tcp" and _is_ssh(each)]
    binary = shutil.which("sshd") or next((each for each in _PLACES if os.access(each, os.X_OK)), "")
    config = _config(processes)
    undecided: list[str] = []
    rules: tuple[SshRules, ...] = ()
    if binary:
        rules, problem = await _rules(binary, config, files)
        undecided += [problem] if problem else []
    elif sockets:
        undecided.append("the program sshd is not here to be asked (sshd -T)")
    offered = {}
    for each in sockets[:_MOST_PORTS]:
        try:
            offered[each.port] = await ssh.methods(_reached(each.address), each.port)
        except Unanswerable as error:
            undecided.append(str(error))
    runs = bool(offered) or any(each.process.startswith("sshd") for each in sockets)
    return Ssh(running=runs, rules=rules, offered=offered, undecided=tuple(undecided))


def _is_ssh(listening: Listening) -> bool:
    return listening.process.startswith("sshd") or listening.port in _PORTS


def _reached(address: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - compared with, not bound to


def _config(processes: Sequence[Process]) -> str:
    """The file that the running sshd was given."""
    for process in processes:
        if process.name == "sshd" and "-f" in process.argv[:-1]:
            return process.argv[process.argv.index("-f") + 1]
    return USUAL


async def _rules(binary: str, config: str, files: Files) -> tuple[tuple[SshRules, ...], str]:
    try:
        everybody = await _asked(binary, config, STRANGER)
    except Unanswerable as error:
        return (), str(error)
    found = [SshRules(who="everybody", options=everybody)]
    try:
        apart = callers(config, files.text, files.matching, _member)
    except Unanswerable as error:
        return tuple(found), f"its Match lines cannot be read: {error}"
    for caller in apart:
        if caller.problem:
            found.append(SshRules(who=f"{caller.match} ({caller.where})", options={}, undecided=caller.problem))
            continue
        try:
            options, problem = await _asked(binary, config, caller.said), ""
        except Unanswerable as error:
            options, problem = {}, str(error)
        found.append(SshRules(who=f"{caller.match} ({caller.where})", options=options, undecided=problem))
    return tuple(found), ""


async def _asked(binary: str, config: str, said: str) -> dict[str, str]:
    command = [binary, "-T", "-f", config, "-C", said]
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
    except OSError as error:
        raise Unanswerable(f"sshd could not be asked: {error.strerror}") from error
    try:
        async with asyncio.timeout(_SECONDS):
            out, problem = await process.communicate()
    except TimeoutError:
        raise Unanswerable(f"sshd -T took more than {_SECONDS:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        told = on_one_line(problem.decode("utf-8", "replace"))[:160]
        raise Unanswerable(f"sshd -T says: {told}" + (" (it tells root alone)" if os.geteuid() else ""))
    found: dict[str, str] = {}
    for line in out.decode("utf-8", "replace").splitlines()[:2_000]:
        name, _, value = line.partition(" ")
        if name in _KEPT:
            found.setdefault(name, value)
    return found


def _member(group: str) -> str:
    """Somebody in a group, by its list of members or as whose first group it is."""
    try:
        entry = grp.getgrnam(group)
    except (KeyError, ValueError):
        return ""
    if entry.gr_mem:
        return entry.gr_mem[0]
    return next((each.pw_name for each in pwd.getpwall() if each.pw_gid == entry.gr_gid), "")
