"""``ostiary sbom``: write what a folder, an archive or an image is made of, as CycloneDX 1.6."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path
from typing import Final

from ostiary.audit.recognise import Form, recognise
from ostiary.cli.asking import check_writable
from ostiary.errors import ConfigError
from ostiary.parts.printable import on_one_line

_FORMS: Final = frozenset({Form.FOLDER, Form.WHEEL, Form.JAR, Form.IMAGE})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary sbom``."""
    parser.add_argument("target", metavar="TARGET", help="a folder, a .whl or .jar, or an image's tar")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write it here (default: standard output)")
    parser.add_argument(
        "--advisories", type=Path, metavar="FOLDER", help="of the database (default: in the user's cache)"
    )


def run(args: argparse.Namespace) -> int:
    """Read, and write.

    :raises ConfigError: for a target that has no components, or a file that cannot be written.
    """
    target = recognise(args.target)
    if target.form not in _FORMS or target.path is None:
        raise ConfigError(args.target, "has no list of components", "give a folder, a .whl, a .jar or an image's tar")
    if args.output is not None:
        check_writable(args.output, "-o")
    from ostiary.audit.components import listed  # noqa: PLC0415 - other commands do without
    from ostiary.audit.gather.trees.archive import Image, Zip  # noqa: PLC0415 - as above
    from ostiary.audit.gather.trees.folder import Folder  # noqa: PLC0415 - as above
    from ostiary.audit.gather.trees.readers import Settings  # noqa: PLC0415 - as above
    from ostiary.audit.gather.trees.tree import Tree  # noqa: PLC0415 - as above

    place = (
        Image(target.path)
        if target.form is Form.IMAGE
        else Folder(target.path)
        if target.form is Form.FOLDER
        else Zip(target.path, target.form.value)
    )
    name = args.target if target.form is not Form.FOLDER else target.path.resolve().name
    with contextlib.closing(Tree(name, place, settings=Settings(advisories=args.advisories))) as tree:
        made = listed(tree)
    text = json.dumps(made.bom, indent=2, ensure_ascii=False) + "\n"
    if args.output is None:
        sys.stdout.write(text)
    else:
        args.output.write_text(text, encoding="utf-8")
        flaws = "" if made.vulnerabilities is None else f", {made.vulnerabilities} known flaws"
        print(f"wrote {args.output}: {made.components} components{flaws}", file=sys.stderr)
    for each in made.notes:
        print(f"note: {on_one_line(each)}", file=sys.stderr)
    return 0
