"""Operations that could destroy something by being called as intended are left alone, and the report names them."""

from __future__ import annotations

import re
from typing import Final

from ostiary.model import Operation, Place
from ostiary.parts.openapi import graphql_fields

# What an operation is called is all there is to go by; each word stands alone between separators or case changes.
_WORDS: Final = {
    "wipe": "wipes data",
    "erase": "wipes data",
    "purge": "wipes data",
    "truncate": "wipes data",
    "destroy": "wipes data",
    "flush": "wipes data",
    "drop": "drops data",
    "dropdb": "drops data",
    "createdb": "recreates the database",
    "initdb": "recreates the database",
    "resetdb": "recreates the database",
    "reinitialize": "recreates data",
    "seed": "recreates data",
    "migrate": "changes the database's form",
    "factory": "resets to factory state",
    "reset": "resets something",
    "restore": "overwrites data",
    "shutdown": "stops the service",
    "poweroff": "stops the service",
    "halt": "stops the service",
    "reboot": "restarts the service",
    "restart": "restarts the service",
    "terminate": "ends something",
    "kill": "ends something",
    "deactivate": "closes an account",
    "logout": "ends the session that the audit uses",
    "signout": "ends the session that the audit uses",
    "logoff": "ends the session that the audit uses",
    "revoke": "takes credentials away",
}
_PAIRS: Final = (  # in order, not necessarily next to each other
    (("delete", "remove", "clear", "empty"), ("all", "everything", "database", "db", "data"), "deletes everything"),
    (("log", "sign"), ("out", "off"), "ends the session that the audit uses"),
    (("change", "update", "set", "new"), ("password", "passwd", "email", "mail"), "changes credentials"),
    (("create", "init", "recreate", "rebuild"), ("db", "database"), "recreates the database"),
    (("delete", "remove", "close", "cancel"), ("account", "user", "subscription"), "deletes an account"),
    (("power", "shut"), ("off", "down"), "stops the service"),
)
_OF_ACCOUNT: Final = frozenset(  # harm done to one account, which may be one that was made for it
    {
        "ends the session that the audit uses",
        "closes an account",
        "takes credentials away",
        "changes credentials",
        "deletes an account",
    }
)
_QUERY_WRITES: Final = "writes, though it is a query"
_CREDENTIALS: Final = frozenset({"password", "passwd", "passphrase", "email"})
_CASE: Final = re.compile(r"([a-z0-9])([A-Z])")
_DOING: Final = frozenset(  # a GET whose last segment begins so writes, whatever HTTP says of it
    {"delete", "del", "remove", "unregister", "unsubscribe", "cancel", "disable", "ban", "block", "update", "insert",
     "save", "transfer", "withdraw", "pay", "purchase", "buy", "promote", "demote", "grant", "assign", "approve", "reject"}
)  # fmt: skip
_SELVES: Final = frozenset(
    {"me", "self", "user", "profile", "account", "myprofile", "myaccount", "currentuser", "settings"}
)
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_NOT_WORDS: Final = re.compile(r"[^a-z0-9]+")


def _words(text: str) -> list[str]:
    return [word for word in _NOT_WORDS.split(_CASE.sub(r"\1 \2", text).lower()) if word]


def reason(operation: Operation) -> str:
    """Why an operation must not be called, or an empty string."""
    if operation.method == "DELETE":
        return "deletes"
    return destructive(operation) or _writes_by_get(operation)


def _writes_by_get(operation: Operation) -> str:
    """Whether a GET says that it does something to an object: ``/delete/{id}``, ``/delete_user``, ``/ban-member?id=``."""
    if operation.method != "GET":
        return ""
    if _doing_query(operation):
        return _QUERY_WRITES
    literal = [each for each in operation.path.split("/") if each and "{" not in each]
    said = _words(literal[-1]) if literal else []
    aimed = "{" in operation.path or any(each.place is Place.QUERY for each in operation.parameters)
    return "writes, though it is a GET" if said and said[0] in _DOING and (aimed or len(said) > 1) else ""


def _doing_query(operation: Operation) -> bool:
    """Whether a field of GraphQL's query root says that it does something: whatever it is, nothing says how often."""
    of_query = operation.method == "GET" and graphql_fields.EXTENSION in operation.extensions
    return of_query and bool(_DOING & {*_words(operation.id)})


def changes_caller(operation: Operation) -> bool:
    """Whether calling it changes the account that calls: its name, its address, its picture."""
    if operation.method not in {"PUT", "PATCH", "POST"} or "{" in operation.path:
        return False
    last = "".join(_words(operation.path.rstrip("/").rpartition("/")[2]))
    return last in _SELVES and not operation.role


def changes_credentials(operation: Operation) -> bool:
    """Whether calling it changes what an account signs in with, or ends it: whoever asks must not need it any more."""
    return operation.method not in _SAFE and destructive(operation) in {
        "changes credentials",
        "closes an account",
        "deletes an account",
    }


def destructive(operation: Operation) -> str:
    """Why an operation's name says that it destroys, whatever its method; or an empty string."""
    literal = re.sub(r"\{[^}]*\}", " ", operation.path)
    for text in (literal, operation.id):
        words = _words(text)
        for word in words:
            if word == "destroy" and operation.method == "DELETE" and operation.path.rstrip("/").endswith("}"):
                continue  # how Rails and Django REST framework call the deletion of one object
            if word in _WORDS and not _is_reset_request(word, words):
                return _WORDS[word]
        for first, second, why in _PAIRS:
            at = next((i for i, word in enumerate(words) if word in first), None)
            if at is not None and any(word in second for word in words[at + 1 :]):
                if why == "changes credentials" and operation.method in _SAFE:
                    continue
                if why == "deletes an account" and operation.method in _SAFE and text is operation.id:
                    continue
                return why
    last = _words(literal)[-1:]
    if operation.method in {"PUT", "PATCH"} and last and last[0] in _CREDENTIALS:
        return "changes credentials"
    return ""


def is_of_account(operation: Operation) -> bool:
    """Whether the harm is done to the account that calls it, or that the request names: a throwaway one may be lost."""
    return operation.role in {"reset", "otp-verify", "otp-send"} or destructive(operation) in _OF_ACCOUNT


def is_of_all(operation: Operation) -> bool:
    """Whether the harm is done to everybody's data, or to the service: nobody asks for that, whatever he allows."""
    of_query = _doing_query(operation) and not operation.parameters
    return of_query or (bool(destructive(operation)) and not is_of_account(operation))


def _is_reset_request(word: str, words: list[str]) -> bool:
    """Asking for a reset link harms nobody; carrying one out does."""
    return word == "reset" and any(each in {"request", "forgot", "forgotten"} for each in words)
