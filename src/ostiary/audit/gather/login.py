"""How the API lets somebody in: which operation, which fields, and what its reply looks like when it did."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ostiary.audit.gather import grants
from ostiary.audit.gather.drafts import Draft, Path, draft
from ostiary.audit.gather.grants import Form, Place, Way
from ostiary.audit.gather.guesses import PEOPLE
from ostiary.errors import ConfigError
from ostiary.evidence import Answer
from ostiary.model import Operation
from ostiary.parts import role_fields as names
from ostiary.parts.accounts import Login
from ostiary.parts.role_words import squeezed
from ostiary.parts.seen.bodies import parse, refuses_in_words, says_error
from ostiary.parts.seen.privileges import is_privileged

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp
    from ostiary.audit.gather.live import Live

MOST_RECIPES: Final = 3  # login operations that are tried
_FAILED: Final = 400
_OTHER_TYPE: Final = frozenset({400, 415, 422})


@dataclass(slots=True)
class Recipe:
    """One login operation and its fields; ``way`` is what a successful login taught."""

    operation: Operation
    user: Path
    password: Path
    fields: dict[Path, Any] = field(default_factory=dict)
    in_query: bool = False
    form: bool = False
    place: Place | None = None  # where the policy says the credential is
    send: Form | None = None
    way: Way | None = None
    failing: Answer | None = None  # the reply to a login that cannot have worked

    def draft(self, user: str, password: str) -> Draft:
        """The request that signs somebody in."""
        made = draft(self.operation, "x")
        if self.form:
            made.media_type = "application/x-www-form-urlencoded"
        if self.in_query:
            made.query = {self.user[0]: user, self.password[0]: password}
            return made
        made.value = {} if not made.value else copy.deepcopy(made.value)
        made.put(self.user, user)
        made.put(self.password, password)
        for path, value in self.fields.items():
            made.put(path, value)
        for path in made.paths():  # a document's own example of another user
            if path not in {self.user, self.password, *self.fields} and squeezed(path[-1]) in names.ACCOUNT:
                made.drop(path)
        return made


def recipes(live: Live, settings: Login, within: str = "/") -> list[Recipe]:
    """Login operations, the likeliest first; the policy's own alone where it names one.

    :param within: where their paths begin.
    :raises ConfigError: when the policy names an operation that the document does not have, and no fields.
    """
    operations = list(live.api.operations if live.api is not None else ())
    if settings.operation:
        method, _, path = settings.operation.partition(" ")
        found = [each for each in operations if each.key == settings.operation]
        found += [each for each in operations if each.method == method and each.path.endswith(path)]
        if not found and not (settings.user and settings.password):
            raise ConfigError(
                "[audit.login] operation",
                f"the document has no {settings.operation}",
                "say which fields take user and password",
            )
        operation = found[0] if found else Operation(method=method, path=live.target.prefix + path)
        return [_told(_recipe(operation), settings, operation)]
    operations = [each for each in operations if each.path.startswith(within)]
    logins = [each for each in operations if each.role == "login" and each.method in {"POST", "PUT", "GET"}]
    logins += [each for each in operations if each not in logins and _is_like_one(each)]
    logins.sort(key=_rank)
    made = [recipe for each in logins if (recipe := _recipe(each)) is not None]
    return [_told(each, settings, each.operation) for each in made[:MOST_RECIPES]]


def _is_like_one(operation: Operation) -> bool:
    """A POST that takes a user and a password and nothing else, whatever it is called."""
    if operation.method != "POST" or operation.role or PEOPLE.search(operation.path):  # who is added there, joins
        return False
    keys = [each.key for each in names.fields_of(operation) if each.place == "body"]
    others = [each for each in keys if each not in names.PASSWORD and each not in names.ACCOUNT]
    return len(keys) > 1 and not others and bool({*keys} & names.PASSWORD) and bool({*keys} & {*names.ACCOUNT})


def _rank(operation: Operation) -> tuple[bool, bool, bool, bool, int]:
    described = bool(names.account_fields(operation))
    return (
        is_privileged(operation),
        not operation.role,
        operation.method == "GET",
        not described,
        operation.path.count("/"),
    )


def _recipe(operation: Operation) -> Recipe | None:
    fields = [each for each in names.fields_of(operation) if each.place in {"body", "query"}]
    passwords = [each for each in fields if each.key in names.PASSWORD]
    accounts = [each for each in names.account_fields(operation) if each.place in {"body", "query"}]
    if not passwords or not accounts:
        blank = not any(each.place == "body" for each in fields)
        return Recipe(operation, ("username",), ("password",)) if blank and operation.method == "POST" else None
    inner = [each for each in accounts if each.path[:-1] == passwords[0].path[:-1]]
    chosen = (inner or accounts)[0]
    return Recipe(operation, chosen.path, passwords[0].path, in_query=passwords[0].place == "query")


def _told(recipe: Recipe | None, settings: Login, operation: Operation) -> Recipe:
    made = recipe or Recipe(operation, ("username",), ("password",))
    if settings.user:
        made.user = tuple(settings.user.split("."))
    if settings.password:
        made.password = tuple(settings.password.split("."))
    made.fields = {tuple(name.split(".")): value for name, value in settings.fields.items()}
    made.form = made.form or settings.form
    made.place, made.send = grants.read_way(settings.token, settings.send)
    return made


def guesses(recipe: Recipe, *, inferred: bool = False) -> Iterator[Path]:
    """Names for the user's field: the one that is known, and where no document says it, the usual ones."""
    yield recipe.user
    if not recipe.operation.consumes or inferred:
        for each in ("email", "user", "login"):
            if recipe.user != (each,):
                yield (each,)


def looks_let_in(answer: Answer) -> bool:
    """Whether a reply to a login is no refusal, as far as it says itself; forms answer with a redirect."""
    return answer.status < _FAILED and not says_error(parse(answer.body)) and not refuses_in_words(answer.body)


async def ask(
    live: Live, http: LiveHttp, recipe: Recipe, user: str, password: str, *, fresh: bool = True
) -> tuple[Answer, dict[str, str]]:
    """Try to sign in, once; the reply, and the cookies that the request was sent with.

    Where the API's first refusal speaks of another media type, that is tried too.
    """
    made = recipe.draft(user, password)
    answer, jar = await live.forgery.write(live, http, made, fresh=fresh)
    if recipe.way is None and not recipe.form and answer.status in _OTHER_TYPE and _may_be_form(recipe, answer):
        recipe.form = True
        again, jar_again = await live.forgery.write(live, http, recipe.draft(user, password), fresh=fresh)
        if looks_let_in(again):
            return again, jar_again
        recipe.form = False
    return answer, jar


def _may_be_form(recipe: Recipe, answer: Answer) -> bool:
    return not recipe.in_query and (answer.status == 415 or not recipe.operation.consumes)  # noqa: PLR2004
