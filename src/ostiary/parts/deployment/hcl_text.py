"""HCL text becomes blocks and attributes with their lines; python-hcl2 lives here, and nothing is filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import hcl2
from hcl2 import SerializationOptions

from ostiary.parts.deployment.reading import Unreadable

MOST: Final = 300_000  # characters of a file; the grammar takes some 8 microseconds for one
_OPTIONS: Final = SerializationOptions(with_comments=False, explicit_blocks=False, preserve_heredocs=False)
_BRACKET: Final = re.compile(r"[\[({\])}]")
_MOST_NESTED: Final = 60


@dataclass(slots=True, eq=False)
class HclBlock:
    """``resource "aws_ebs_volume" "data" { ... }``: values as the library writes them, quotes and ``${...}`` included."""

    kind: str
    labels: tuple[str, ...]
    line: int
    attributes: dict[str, tuple[Any, int]] = field(default_factory=dict)
    blocks: list[HclBlock] = field(default_factory=list)


def parsed(text: str) -> HclBlock:
    """Read a file; what stands at its top is in a block without a kind.

    :raises Unreadable: for what is not HCL, or larger or deeper than people write it.
    """
    if len(text) > MOST:
        raise Unreadable("is larger than Terraform files are")
    depth = 0
    for each in _BRACKET.finditer(text):
        depth += 1 if each[0] in "[({" else -1
        if depth > _MOST_NESTED:
            raise Unreadable("nests too deep")
    try:
        tree = hcl2.parses(text, discard_comments=True)
        return _block(HclBlock("", (), 1), tree.body)
    except Exception:
        raise Unreadable("is not HCL") from None


def _block(block: HclBlock, body: Any) -> HclBlock:
    for child in body.children:
        name = child.lark_name() if hasattr(child, "lark_name") else ""
        line = getattr(getattr(child, "_meta", None), "line", block.line)
        if name == "attribute":
            value = child.expression.serialize(_OPTIONS)
            block.attributes[str(child.identifier.serialize(_OPTIONS))] = (value, line)
        elif name == "block":
            kind, *labels = [str(each.serialize(_OPTIONS)).strip('"') for each in child.labels]
            block.blocks.append(_block(HclBlock(kind, tuple(labels), line), child.body))
    return block
