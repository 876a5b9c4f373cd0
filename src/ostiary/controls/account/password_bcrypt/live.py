"""Passwords of our own accounts are set, changed a little and tried: all of one must count, and a weak one be refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import Confidence, Evidence, Finding, Severity, attest, failed, not_applicable, unknown
from ostiary.parts import role_fields as names
from ostiary.parts.role_fields import fields_of
from ostiary.parts.seen.likenesses import wrong
from ostiary.parts.seen.stored_passwords import kept

READS: Final = 12  # of our own account, for a password that is shown
FEW: Final = 8  # bytes that the crypt of old looked at
WHOLE: Final = 72  # bytes that bcrypt looks at
SHORT: Final = "aZ4!x"  # five characters; NIST SP 800-63B-4 section 3.1.1.2 asks for eight, whatever else there is
COMMON: Final = "12345678"  # long enough for a rule that counts, and in every list of common ones
# Requests: 12 reads, 2 + 2 + 3 + 2 sign-ins, four registrations.


@dataclass
class _Seen:
    faults: list[tuple[Severity, str, str]] = field(default_factory=list)  # how bad, what, what it is called
    shown: list[Evidence] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    good: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)  # operations that show a password

    def fault(self, severity: Severity, what: str, name: str, *shown: Evidence) -> None:
        """Remember one."""
        self.faults.append((severity, what, name))
        self.shown += shown


async def audit_live(http: Http) -> Finding:
    """Look for our own password in replies; try it changed; try to register with a long, a short and a common one."""
    register = next((each for each in http.operations if each.role == "register"), None)
    try:
        account = await http.throwaway()
    except Unanswerable as error:
        if http.api is not None and not any(each.role in {"login", "register"} for each in http.api.operations):
            return not_applicable("the document has no operation that takes a password")
        return unknown(f"no account of our own: {error}")
    if not account.password:
        return not_applicable("accounts register without a password")
    seen = _Seen()
    await _shown_back(http, account, seen)
    await _exactly(http, account, seen)
    if len(account.password) > FEW:
        await _whole(http, account, seen)
    member = next((each.path[-1] for each in fields_of(register) if each.key in names.PASSWORD), "") if register else ""
    if register is not None and member:
        again = [each.path[-1] for each in fields_of(register) if each.key in names.REPEATED]
        await _registered(http, seen, [member, *again])
    return _finding(seen, (register.key,) if register is not None else ())


def _finding(seen: _Seen, places: tuple[str, ...]) -> Finding:
    if seen.faults:
        seen.faults.sort(key=lambda each: -each[0].rank)
        severity, what, _ = seen.faults[0]
        more = "; also: " + "; ".join(each[1] for each in seen.faults[1:]) if len(seen.faults) > 1 else ""
        return failed(
            what + more,
            *seen.shown[:4],
            severity=severity,
            confidence=Confidence.CERTAIN,
            proof=what + ".",
            places=(*seen.places, *places),
            facts={**seen.facts, "faults": [each[2] for each in seen.faults]},
        )
    good = "; ".join(seen.good)
    return attest(
        f"From outside nothing speaks against it ({good or 'no other password could be registered'}); with which function, "
        "cost and salt are passwords kept?"
    )


async def _shown_back(http: Http, account: Account, seen: _Seen) -> None:
    """Whatever the account may read, read: what was stored as it is may come back as it is."""
    reads = [each for each in http.operations if each.method == "GET" and "{" not in each.path]
    for operation in reads[:READS]:
        try:
            answer = await http.send_to(operation, identity=account.name)
        except Unanswerable:
            continue
        found = kept(answer, account.password)
        if found is not None and found.bad:
            text = f"{operation.key} shows that passwords are kept {found.how}"
            seen.fault(Severity.CRITICAL, text, "storage", http.show(answer, text))
            seen.places.append(operation.key)
            return
        if found is not None:
            seen.good.append(f"{operation.key} shows that passwords are kept {found.how}")


async def _exactly(http: Http, account: Account, seen: _Seen) -> None:
    """A password with its letters in the other case is another one."""
    other = account.password.swapcase()
    try:
        if not http.signed_in(await http.sign_in(account.user, account.password)) or other == account.password:
            return
        answer = await http.sign_in(account.user, other)
        if http.signed_in(answer) and not http.signed_in(await http.sign_in(account.user, wrong(account.password, 0))):
            text = "a password signs in with its letters in the other case"
            seen.fault(Severity.MEDIUM, text, "case", http.show(answer, text))
    except Unanswerable:
        return


async def _registered(http: Http, seen: _Seen, members: list[str]) -> None:
    long = ("Lantern-73-" * 8)[:WHOLE] + "-tail-one"
    account = await _with(http, members, long)
    if account is not None:
        await _whole(http, account, seen)
    for password, name, severity, what in (
        (SHORT, "short", Severity.MEDIUM, f"a password of {len(SHORT)} characters is taken at registration"),
        (COMMON, "common", Severity.LOW, f"{COMMON!r} is taken as a password at registration"),
    ):
        weak = await _with(http, members, password)
        if weak is None:
            seen.good.append(f"a {name} password is refused")
        elif (answer := await _works(http, weak)) is not None:
            seen.fault(severity, what, name, http.show(answer, f"the account with the {name} password signs in"))
            seen.facts["shortest"] = min(len(password), seen.facts.get("shortest", len(password)))
            return  # who takes five characters takes all others


async def _whole(http: Http, account: Account, seen: _Seen) -> None:
    """Of a long password, its end must count as its beginning does."""
    if await _works(http, account) is None:
        return
    for size, severity in ((FEW, Severity.CRITICAL), (WHOLE, Severity.MEDIUM)):
        if len(account.password) <= size or "counts" in seen.facts:
            continue
        cut = account.password[:size] + "".join("Q" if each != "Q" else "R" for each in account.password[size:])
        answer = await http.sign_in(account.user, cut)
        if http.signed_in(answer):
            text = f"only the first {size} bytes of a password count: another one that begins so signs in"
            seen.facts["counts"] = size
            seen.fault(severity, text, "truncated", http.show(answer, text))
            return
    if len(account.password) > WHOLE:
        seen.good.append(f"all of a password of {len(account.password)} bytes counts")


async def _with(http: Http, members: list[str], password: str) -> Account | None:
    """An account with this password; None: it is refused."""
    try:
        account = await http.throwaway(**dict.fromkeys(members, password))
    except Unanswerable:
        return None
    return account if account.password == password else None


async def _works(http: Http, account: Account) -> Answer | None:
    """The reply that signs an account in; None: there is none."""
    try:
        answer = await http.sign_in(account.user, account.password)
    except Unanswerable:
        return None
    return answer if http.signed_in(answer) else None
