"""What sshd would do for everybody and in each Match block is put beside what it offers on the wire."""

from __future__ import annotations

from ostiary.errors import Unanswerable
from ostiary.evidence.machine import Machine
from ostiary.evidence.machine_facts import Ssh
from ostiary.model import Confidence, Evidence, Finding, failed, not_applicable, passed, unknown
from ostiary.parts.machines.signing_in import fault


async def audit_host(machine: Machine) -> Finding:
    """No caller may get in by a password alone."""
    ssh = await machine.ssh()
    if not ssh.running:
        if not machine.local:
            return not_applicable(f"port {machine.port} does not speak SSH")
        if ssh.undecided and not ssh.rules:
            return unknown(ssh.undecided[0])
        return not_applicable(
            "nobody listens for SSH here" + (" (sshd is installed and does not run)" if ssh.rules else "")
        )
    faults, doubts = _by_rules(ssh, machine)
    for port, methods in ssh.offered.items():
        if "password" in methods:
            faults[f"port {port}"] = f"port {port} offers {', '.join(methods)} to strangers"
        elif "keyboard-interactive" in methods and not ssh.rules:
            doubts.append(f"port {port} offers keyboard-interactive, which may be a second factor or a password")
    if faults:
        return _failed(ssh, faults)
    doubts += [f"{each.who}: {each.undecided}" for each in ssh.rules if each.undecided] + list(ssh.undecided)
    if doubts:
        return unknown("; ".join(doubts[:4]), *_offered(ssh))
    if not ssh.rules:
        return passed("SSH offers strangers no password", *_offered(ssh))
    return passed(
        f"sshd takes no password alone, neither in general nor in its {len(ssh.rules) - 1} Match blocks", *_offered(ssh)
    )


def _by_rules(ssh: Ssh, machine: Machine) -> tuple[dict[str, str], list[str]]:
    try:
        pam: str | None = machine.text("/etc/pam.d/sshd") if ssh.rules else None
    except Unanswerable:
        pam = None
    faults, doubts = {}, []
    for each in ssh.rules:
        what, sure = fault(each.options, pam)
        if what and sure:
            faults[each.who] = f"for {each.who} sshd {what}"
        elif what:
            doubts.append(f"for {each.who} sshd {what}")
    return faults, doubts


def _failed(ssh: Ssh, faults: dict[str, str]) -> Finding:
    general = next((words for who, words in faults.items() if who == "everybody"), "")
    first = general or next(iter(faults.values()))
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return failed(
        f"{first[0].upper()}{first[1:]}{more}",
        *[
            Evidence(what=words, where="sshd -T" if not who.startswith("port") else who)
            for who, words in faults.items()
        ][:3],
        *_offered(ssh)[:1],
        proof="sshd itself was asked what it would do (sshd -T -C), and a try without credentials which methods may follow",
        places=tuple(faults),
        confidence=Confidence.CERTAIN,
    )


def _offered(ssh: Ssh) -> list[Evidence]:
    return [
        Evidence(what=f"SSH on port {port} offers strangers {', '.join(methods)}", where=f"port {port}")
        for port, methods in ssh.offered.items()
    ][:4]
