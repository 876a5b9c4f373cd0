"""What source code does, in words that are the same for every language: calls, assignments, functions, classes, routes."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Protocol


class Language(enum.StrEnum):
    """Languages whose code is read; TypeScript counts as JavaScript."""

    PYTHON = "python"
    JAVASCRIPT = "javascript"
    JAVA = "java"
    KOTLIN = "kotlin"
    SWIFT = "swift"
    GO = "go"
    PHP = "php"
    RUBY = "ruby"


class _Open(enum.Enum):
    """Stands for a value that only running the program would tell."""

    OPEN = "open"

    def __repr__(self) -> str:
        return "OPEN"


OPEN: Final = _Open.OPEN


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Value:
    """An expression, as far as it can be known without running it.

    ``literal`` is what it is where it is constant (text, number, bool, None; a tuple, list or dict of such), or `OPEN`;
    a name that is assigned one constant in the same module counts as that constant. ``name`` is the dotted name that an
    expression stands for with its imports resolved (``flask.request.args``, ``self.key``), empty for other expressions.
    ``built``: a text put together from parts of which at least one is `OPEN` (an f-string, ``+``, ``%``, ``format``, a
    template literal); ``parts`` are those parts, or the elements of a collection, in order. ``pairs`` are the entries
    of a dictionary, an object literal or named arguments by their constant names. ``tainted`` names where data of a
    request flows in (``flask.request.args``, ``handler parameter id``), empty: none was seen to. ``parameters`` are the
    names of the enclosing function's parameters that it rests on. Of a choice (``a ? b : c``, ``a or b``, ``a || b``, an entry of a
    map by a name that is open) ``parts`` are the alternatives, and ``built`` is False. ``numeric``: it is a number, a yes or no, a
    date or a UUID by its type or the function that gave it, so that no text can come in by it.
    """

    text: str = ""  # as written, at most 200 characters
    literal: Any = OPEN
    name: str = ""
    call: Call | None = None  # the call that gives it, also through a variable assigned once
    built: bool = False
    numeric: bool = False
    parts: tuple[Value, ...] = ()
    pairs: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    tainted: str = ""
    parameters: frozenset[str] = frozenset()
    line: int = 0

    @property
    def known(self) -> bool:
        """Whether it is a constant."""
        return self.literal is not OPEN


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spot:
    """Where something stands: ``path`` from the root of the tree with ``/``, ``line`` from 1."""

    path: str
    line: int
    language: Language = Language.PYTHON

    @property
    def place(self) -> str:
        """``app/views.py:12``, as findings name it."""
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Call(Spot):
    """A call (or the making of an object).

    ``name`` is dotted, with imports and, where it is certain, the receiver's type resolved: ``jwt.decode`` for
    ``from jwt import decode as d; d(t)``; ``sqlite3.connect().cursor().execute`` for a cursor of a connection made in
    the same function or module; ``jsonwebtoken.verify`` for what ``require("jsonwebtoken")`` gave. A receiver that is not known keeps
    its text as written: ``cur.execute``. Templates, tagged literals and ``new X()`` are calls of ``X``.

    In other languages than Python a variable's declared type, or the class it was made of, names its methods
    (``java.sql.Statement.executeQuery`` for ``Statement st``, ``pg.Pool.query`` for ``new Pool()``); asking for ``X().m``
    finds those as well. Go's packages are named by their import path (``crypto/md5.New``), files of the same project in
    JavaScript by their path (``./db.query``). Ruby's ``A::B`` and PHP's namespaces are ``A.B``, ``A::b()`` is ``A.b``, a PHP variable
    has no sign (``db.query``). What backticks run is a call of ``%x`` in Ruby and of ``shell_exec`` in PHP; PHP's ``echo``,
    ``print``, ``exit`` and ``include`` are calls. Labels of Swift's arguments are keywords, and the arguments have positions too.
    """

    name: str
    args: tuple[Value, ...] = ()
    keywords: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    receiver: Value | None = None  # what a method is called on
    function: Function | None = None  # the innermost one it stands in
    spread: bool = False  # `*args`, `**kwargs` or `...rest` is passed: what is not seen may be there all the same
    text: str = ""  # the line as written, at most 200 characters

    @property
    def method(self) -> str:
        """The last segment of its name: ``execute``."""
        return self.name.rpartition(".")[2]

    def argument(self, position: int | None, *names: str) -> Value | None:
        """An argument by its position (None: by name alone) or by one of its names; None: it is not given.

        Of languages without named arguments, ``keywords`` hold the entries of object literals among the arguments.
        """
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        return self.args[position] if position is not None and position < len(self.args) else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assignment(Spot):
    """A name gets a value: ``DEBUG``, ``app.config.SECRET_KEY`` (also for ``app.config["SECRET_KEY"]``), ``self.key``.

    Members of classes, default values of fields, object literals' members and entries of enumerations count too; their
    names begin with the class's or the variable's: ``Settings.debug``. Attributes of markup in code (JSX) are assignments to
    ``element.attribute``.
    """

    name: str
    value: Value
    function: Function | None = None
    owner: Class | None = None
    text: str = ""

    @property
    def last(self) -> str:
        """The last segment of its name."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Function(Spot):
    """A function or method, its decorators or annotations as calls, its parameters with their annotations as written."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    defaults: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    decorators: tuple[Call, ...] = ()
    owner: Class | None = None
    end: int = 0  # its last line


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Class(Spot):
    """A class or struct; ``bases`` with imports resolved."""

    name: str
    bases: tuple[str, ...] = ()
    decorators: tuple[Call, ...] = ()
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Return(Spot):
    """What a function returns, where a reader tells."""

    value: Value
    function: Function | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Route(Spot):
    """One operation that a framework serves, as its code declares it.

    ``guards`` are the names of everything that may authenticate or authorize it: dependencies, decorators, permission
    classes, middleware of the application, the router or the route. ``open_end``: something could not be followed (a
    dynamic list of middleware, a base class from elsewhere), so that a missing guard proves nothing.
    """

    framework: str  # "fastapi", "flask", "django", "drf", "express", "spring", ...
    methods: tuple[str, ...]
    route: str  # the path as written, with the prefixes that are known
    function: Function | None = None
    guards: tuple[str, ...] = ()
    open_end: bool = False
    parameters: tuple[str, ...] = ()  # names in the path
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Module:
    """What one file of code holds; readers of languages make these."""

    path: str
    language: Language
    lines: int
    calls: tuple[Call, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    functions: tuple[Function, ...] = ()
    classes: tuple[Class, ...] = ()
    routes: tuple[Route, ...] = ()
    returns: tuple[Return, ...] = ()
    imports: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))  # dotted name -> line
    broken: str = ""  # why it could not be read, or only in part


class Code(Protocol):
    """All code of a tree that is the product's own: not tests, not what was vendored or generated.

    Names are matched whole (``jwt.decode``), by their end (``.execute``), or as patterns with ``*``
    (``flask.request.*``), letter case counts. All in the order of paths and lines.
    """

    @property
    def modules(self) -> Sequence[Module]:
        """Every file that was read."""
        ...

    def lines(self, *languages: Language) -> int:
        """How many lines of code there are, in some languages or in all."""
        ...

    def calls(self, *names: str, languages: Collection[Language] = ()) -> Sequence[Call]:
        """Calls with these names."""
        ...

    def assignments(self, *names: str, languages: Collection[Language] = ()) -> Sequence[Assignment]:
        """Assignments to these names."""
        ...

    def imports(self, *names: str, languages: Collection[Language] = ()) -> Sequence[Spot]:
        """Where modules, packages or names in them are imported; ``jwt`` stands for ``jwt.decode`` too."""
        ...

    def returns(self) -> Iterator[Return]:
        """Everything that functions return, in languages whose readers tell."""
        ...

    def functions(self) -> Iterator[Function]:
        """Every function."""
        ...

    def classes(self, *bases: str) -> Iterator[Class]:
        """Every class, or those with one of these bases."""
        ...

    @property
    def routes(self) -> Sequence[Route]:
        """Every operation that a known framework serves."""
        ...
