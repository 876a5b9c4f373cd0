"""An operation that moves money takes a key under which it runs once."""

from __future__ import annotations

from typing import Final

from ostiary.evidence import Spec
from ostiary.model import Finding, Operation, Place, Severity, failed, not_applicable, passed
from ostiary.parts.seen.inputs import words

_MONEY: Final = frozenset({
    "pay", "payment", "payments", "charge", "charges", "transfer", "transfers", "refund", "refunds", "withdraw", "withdrawal",
    "withdrawals", "payout", "payouts", "checkout", "purchase", "purchases", "donate", "topup",
})  # fmt: skip
_NOT_MOVING: Final = frozenset(
    {"method", "methods", "hook", "hooks", "webhook", "webhooks", "callback", "search", "preview", "quote"}
)


async def audit_spec(spec: Spec) -> Finding:
    """Look at POST operations that are called like payments."""
    money = [each for each in spec.api.operations if _moves_money(each)]
    bare = [each for each in money if not _takes_key(each)]
    if bare:
        shown = [spec.at(each.pointer, f"{each.key} declares no idempotency key") for each in bare]
        return failed(f"{shown[0].what} ({len(bare)} of {len(money)})", *shown[:5], severity=Severity.LOW)
    if not money:
        return not_applicable("no operation is called like a payment")
    return passed(f"{len(money)} operations that are called like payments take an idempotency key")


def _moves_money(operation: Operation) -> bool:
    if operation.method != "POST":
        return False
    literal = [each for each in operation.path.split("/") if each and "{" not in each]
    said = frozenset(word for each in literal for word in words(each))
    return not said.isdisjoint(_MONEY) and said.isdisjoint(_NOT_MOVING)


def _takes_key(operation: Operation) -> bool:
    return any(each.place is Place.HEADER and "idempoten" in each.name.lower() for each in operation.parameters)
