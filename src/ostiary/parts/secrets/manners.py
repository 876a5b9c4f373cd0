"""How a file writes down values: as code between quotes, as configuration without, as a text for people, or not at all."""

from __future__ import annotations

import enum
import re
from typing import Final

from ostiary.parts.secrets.listing import listed


class Manner(enum.Enum):
    """What may be a value in a file."""

    CODE = "code"  # literals in quotes
    SETTINGS = "settings"  # also words without quotes up to the line's end
    LINES = "lines"  # the same, one setting a line and nothing else: .env, properties
    TEXT = "text"  # for people: documented forms alone
    NOTHING = "nothing"  # digests, translations, styles, drawings: documented forms alone


_BY_SUFFIX: Final = {
    **dict.fromkeys(
        listed(
            "py pyi pyw ipynb js mjs cjs jsx ts tsx mts cts vue svelte java kt kts scala groovy gradle swift m mm h c cc cpp hpp cs fs vb go rs php "
            "phtml rb erb rake pl pm lua dart ex exs erl clj r jl sol sql json json5 jsonc toml tf hcl nix graphql html htm jsp aspx cshtml "
            "twig ejs hbs pug proto coffee elm zig"
        ),
        Manner.CODE,
    ),
    **dict.fromkeys(
        listed(
            "yaml yml txt log sh bash zsh fish ksh bat cmd ps1 psm1 conf cnf config cf xml plist xcconfig service timer tfvars dockerfile mk "
            "http rest bru j2 tpl tmpl netrc npmrc pypirc s3cfg my pgpass htpasswd storyboard strings resx"
        ),
        Manner.SETTINGS,
    ),
    **dict.fromkeys(listed("env properties ini cfg envrc secret secrets"), Manner.LINES),
    **dict.fromkeys(listed("md rst adoc tex org rtf textile wiki markdown mdx csv tsv patch diff"), Manner.TEXT),
    **dict.fromkeys(
        listed(
            "lock sum svg css scss sass less styl map po pot mo xlf xliff arb snap cast pub crt cer csr asc sig sha256 md5 sha1 sha512 woff ttf "
            "ics vcf geojson har min wasm ai eps ps dxf obj stl"
        ),
        Manner.NOTHING,
    ),
}
_BY_NAME: Final = {
    **dict.fromkeys(["dockerfile", "containerfile", "makefile", "jenkinsfile", "procfile", "vagrantfile", "caddyfile", "credentials", "config"], Manner.SETTINGS),
    **dict.fromkeys([".netrc", "_netrc", ".npmrc", ".pypirc", ".s3cfg", ".pgpass", ".htpasswd", ".bashrc", ".zshrc", ".profile", ".bash_profile", ".yarnrc"], Manner.SETTINGS),
    **dict.fromkeys([".env", ".flaskenv", ".envrc"], Manner.LINES),
    **dict.fromkeys(
        ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "composer.lock", "go.sum", "deno.lock", "bun.lock", "packages.lock.json",
         "gradle-wrapper.properties", "verification-metadata.xml", ".secrets.baseline", "paket.lock", "conda-lock.yml", "mix.lock", "podfile.lock", "pubspec.lock"],
        Manner.NOTHING,
    ),
}  # fmt: skip
_ENV: Final = re.compile(r"(?:^|.*[._-])env(?:[._-].*)?$|.*\.env$")
_TRANSLATION: Final = re.compile(
    r"(?:^|/)(?:locales?|lang|langs|languages?|i18n|l10n|translations?|intl|values-[a-z]{2}(?:-r[A-Z]{2})?|[a-z]{2}(?:[-_][A-Z]{2})?\.lproj)(?:/|$)"
    r"|(?:^|[/._-])(?:messages|strings|translations?|locale|i18n|labels)[._-][a-z]{2}(?:[-_][A-Za-z]{2})?\.\w+$|(?:^|/)[a-z]{2}(?:[-_][A-Z]{2})?\.(?:json|ya?ml|ts|js|php|properties)$"
)
_EXAMPLE: Final = re.compile(
    r"(?:^|[./_-])(?:example|examples|sample|samples|template|templates|tmpl|tpl|dist|default|skel|stub)(?:[._-]|$)"
)


def manner(path: str) -> Manner:
    """How the file at a path writes down values, by its name."""
    name = path.rpartition("/")[2].lower()
    if _TRANSLATION.search(path):
        return Manner.NOTHING
    known = _BY_NAME.get(name)
    if known is not None:
        return known
    if _ENV.fullmatch(name) and not name.endswith(
        (".py", ".js", ".ts", ".go", ".rb", ".php", ".java", ".kt", ".sh", ".json", ".yaml", ".yml")
    ):
        return Manner.LINES
    bare = re.sub(
        r"\.(?:example|sample|template|dist|default|bak|backup|old|orig|save|local|prod|production|dev|development|test|staging|j2|tpl|tmpl|erb)$",
        "",
        name,
    )
    if bare.startswith(("dockerfile", "containerfile")):
        return Manner.SETTINGS
    return _BY_SUFFIX.get(bare.rpartition(".")[2], Manner.CODE)


def is_pattern(path: str) -> bool:
    """Whether a file shows how another one is to be filled in: ``.env.example``."""
    return _EXAMPLE.search(path.rpartition("/")[2].lower()) is not None
