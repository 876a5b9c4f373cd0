"""Classes whose objects carry a password, its hash or another credential when they are turned into a reply as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Class, Language, Value
from ostiary.evidence.tree import File, Role, Tree
from ostiary.parts.code import excerpts

SECRET: Final = re.compile(
    r"(?i)_?(?:(?:hashed|encrypted|plain|user|raw|crypted)_?)?(?:password|passwd|passphrase)(?:_?(?:hash|digest|enc|encrypted|salt|hashed))?"
    r"|pwd(?:_?hash)?|pass_?hash|hash_?pass|(?:mfa|totp|otp|two_?factor)_?secret|reset_?(?:password_?)?token|client_?secret"
)
_MEMBER: Final = {
    Language.PYTHON: re.compile(r"^\s+(?P<name>\w+)\s*[:=]"),
    Language.JAVA: re.compile(r"^\s*(?:(?:private|protected|public|final)\s+)+[\w<>]+\s+(?P<name>\w+)\s*[;=]"),
    Language.KOTLIN: re.compile(r"^\s*(?:@[\w:()\" ,=]+\s)*(?:private\s|override\s|lateinit\s)*va[rl]\s+(?P<name>\w+)\s*:"),
    Language.GO: re.compile(r"^\s*(?P<name>[A-Z]\w*)\s+[\w.*\[\]]+\s*(?P<tags>`.*`)?"),
}  # fmt: skip
_KEPT_BACK: Final = re.compile(
    r"JsonIgnore|WRITE_ONLY|WriteOnly|JsonView|JsonbTransient|\btransient\b|exclude\s*=\s*True|SecretStr|"
    r"json:\"-[\",]|PrivateAttr|ClassVar|defer\(|deferred\(|@Transient|select:\s*false|load_only|write_only"
)
_STORED: Final = re.compile(
    r"(?:^|[. ])(?:Model|Base|DeclarativeBase|SQLModel|Document|MappedAsDataclass|AbstractUser|AbstractBaseUser)\b"
)
_ENTITY: Final = frozenset(["Entity", "Document", "Table", "MappedSuperclass"])
_HIDES: Final = re.compile(r"\btoJSON\b|\btoObject\b|\.plugin\(|defaultScope|scopes\s*:|delete\s+\w+\.\w*[pP]assword")


def carried(tree: Tree, each: Class) -> str:
    """The name of a member of a class that is a credential and goes out with it; empty: none."""
    pattern = _MEMBER.get(each.language)
    if pattern is None:
        return ""
    text = excerpts.text(tree, each)
    lines = text.split("\n")
    nested = re.search(r"^(\s+)(?:async\s+)?def ", text, re.MULTILINE)
    for at, line in enumerate(lines):
        found = pattern.match(line)
        if found is None or not SECRET.fullmatch(found["name"]):
            continue
        if nested is not None and len(line) - len(line.lstrip()) > len(nested[1]):
            continue  # in a method
        near = "\n".join(lines[max(0, at - 3) : at + 1]) if each.language is not Language.GO else line
        if not _KEPT_BACK.search(near) and not _getter_kept_back(text, found["name"]):
            return found["name"]
    return ""


def _getter_kept_back(text: str, name: str) -> bool:
    getter = rf"JsonIgnore(?:Properties)?\b[^;{{}}]{{0,200}}(?:get{re.escape(name[:1].upper() + name[1:])}\b|\"{re.escape(name)}\")"
    return bool(re.search(getter, text))


def carriers(tree: Tree) -> dict[str, str]:
    """Every class that carries a credential, by name; also by a class of the same tree that it is made from.

    A name that two classes have, of which one carries none, is left out: which one is meant is not known.
    """
    kept: dict[str, str] = tree.remember("classes that carry credentials", lambda: _carriers(tree))
    return kept


def _carriers(tree: Tree) -> dict[str, str]:
    classes = [each for each in tree.code.classes() if each.language in _MEMBER]
    own = {(each.path, each.name): carried(tree, each) for each in classes}
    found = {name: member for (_, name), member in own.items() if member}
    for _ in range(3):  # as deep as classes are read
        for each in classes:
            bases = [base.rpartition(".")[2] for base in each.bases]
            member = next((found[base] for base in bases if base in found), "")
            if member and each.name not in found:
                found[each.name] = own[each.path, each.name] = member
    clean = {name for (_, name), member in own.items() if not member}
    return {name: member for name, member in found.items() if name not in clean}


def stored(tree: Tree) -> dict[str, str]:
    """Those of `carriers` whose objects come from a database."""
    known = carriers(tree)
    names = {
        each.name
        for each in tree.code.classes()
        if _STORED.search(" ".join(each.bases)) or any(one.method in _ENTITY for one in each.decorators)
    }
    return {name: member for name, member in known.items() if name in names}


def documents(tree: Tree) -> dict[str, str]:
    """Models of mongoose and Sequelize that return a credential unless it is left out, by their names."""
    found: dict[str, str] = {}
    for call in tree.code.calls("mongoose.model", ".model", ".define", languages=(Language.JAVASCRIPT,)):
        name = call.args[0].literal if call.args else None
        if not isinstance(name, str) or _hides(tree, call.path):
            continue
        for value in (*call.args[1:2], *(one.call.args[0] for one in call.args[1:2] if one.call and one.call.args)):
            for member, kind in value.pairs.items():
                if SECRET.fullmatch(member) and not _off(kind):
                    found[name] = member
    return found


def _off(kind: Value) -> bool:
    return "select" in kind.pairs and kind.pairs["select"].literal is False


def _hides(tree: Tree, path: str) -> bool:
    file = next((each for each in tree.files if each.path == path), None)
    return file is None or bool(_HIDES.search(tree.text(file)))


def tables(tree: Tree) -> dict[str, str]:
    """Classes of Rails by the columns in ``db/schema.rb``, and those that keep a password by their own word."""
    found: dict[str, str] = {}
    for file in tree.named("schema.rb"):
        for table, column in _columns(tree, file):
            if SECRET.fullmatch(column):
                found[_singular(table)] = column
    for each in tree.code.classes():
        if each.language is Language.RUBY:
            text = excerpts.text(tree, each)
            if re.search(r"^\s*has_secure_password\b", text, re.MULTILINE):
                found[each.name] = "password_digest"
            if re.search(r"\bdef (?:as_json|serializable_hash|to_json)\b|^\s*devise\b", text, re.MULTILINE):
                found.pop(each.name, None)
    serializers = {each.name for each in tree.code.classes()}
    return {name: member for name, member in found.items() if f"{name}Serializer" not in serializers}


def _columns(tree: Tree, file: File) -> Iterator[tuple[str, str]]:
    table = ""
    for line in tree.text(file).splitlines()[:20_000] if file.role is Role.PRODUCT else ():
        opened = re.search(r"create_table \"(\w+)\"", line)
        table = opened[1] if opened else table
        column = re.match(r"\s*t\.\w+ \"(\w+)\"", line)
        if table and column:
            yield table, column[1]


def _singular(table: str) -> str:
    words = [each.capitalize() for each in table.split("_")]
    last = words[-1]
    words[-1] = (
        last[:-3] + "y"
        if last.endswith("ies")
        else last[:-1]
        if last.endswith("s") and not last.endswith("ss")
        else last
    )
    return "".join(words)
