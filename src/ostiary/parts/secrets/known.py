"""Values that everybody knows: keys of manuals, samples, placeholders, defaults; a value that says it is none is none."""

from __future__ import annotations

import re
from typing import Final

from ostiary.parts.secrets.listing import listed

_SAMPLES: Final = re.compile(
    r"EXAMPLE|example[_-]?key|^sk_test_4eC39HqLyjWDarjtT1zdp7dc|^sk_test_BQokikJOvBiI2HlWgH4olfQ2|^pk_test_TYooMQauvdEDq54NiTphI7jx"
)
_PLACEHOLDER: Final = re.compile(
    r"""(?ix)
    ^[<\[({%$#@].*[>\])}%]$ | ^\$\{? | ^<|>$ | \{\{|\}\}|\$\(|\#\{|\$\{|<%|%> | ^%\(?\w*\)?[sdr]?$ | %s|%\(
    | \.\.\. | …|\*\*\* | ^[x*•.\-_0#?]+$ | x{5,}|X{4,} | ^x{4,}|x{4,}$
    | (?:^|[\W_])(?:your|my[\W_]?own|insert|replace|enter|put|add|paste|set|fill|changes?|todo|fixme|tbd|redacted|removed|hidden|masked|dummy|fake
        |mock|placeholder|example|sample|foo|bar|baz|foobar|lorem|ipsum|invalid|notreal|not[\W_]?a|bogus|none|null|nil|undefined|unset|empty|n/?a)(?:[\W_]|$)
    | ^(?:your|my|the|some|any|a|an)[\W_]?[a-z\W_]*(?:key|token|secret|password|pass|value|id|here)s?$
    | change[\W_]?(?:me|this|it) | (?:key|token|secret|password|value|goes)[\W_]?here | to[\W_]?be[\W_]?(?:set|changed|replaced)
    | replace[\W_]?(?:me|with|this) | ^(?:true|false|on|off|yes|no|required|optional|string|str|text|password|bytes|int|bool|boolean|object|any)$
    """
)
_LOOKUP: Final = re.compile(
    r"""(?ix)
    ^(?:env|secret|secrets|vault|ssm|arn|op|sm|gcp|awssm|awssecret|asm|kms|file|ref|config|configmap|keyring|keyvault|doppler|cyberark|
        conjur|bws|exec|cmd|sops|akv|prompt|ask|systemd|credstash|chamber|lookup|k8s|gsm|encrypted|enc|crypt|cipher):
    | ^ENC[\[(] | ^@Microsoft\.KeyVault | ^projects/[^/]+/secrets | ^\{cipher\} | ^AQICA | ^!(?:vault|Ref|Sub|GetAtt|ImportValue)
    | (?:^|[^a-z])(?:getenv|environ|process\.env|os\.env|ENV\[|env\() | ^\$(?:env:)?[A-Za-z_] | ^(?:var|local|data|module|secrets|vars|inputs|steps|github|env|values|config|settings|self|this|params?|args?|opts?|options|props|state|request|req|ctx)\.
    """
)
_RUN: Final = re.compile(
    r"(.)\1{5,}|(?:0?123456789|abcdefgh|qwertyui|deadbeef|cafebabe|12345678|abc123abc|0123456)", re.IGNORECASE
)
_WEAK_STEMS: Final = frozenset(
    listed("password passwd pass admin root user test welcome qwerty letmein changeme secret guest default")
)
_SAMPLE_CLAIMS: Final = frozenset({"1234567890", "John Doe", "Jane Doe"})
WEAK: Final = frozenset(
    listed(
        "password passwd pass pwd secret secrets admin administrator root toor guest user test tests testing demo default changeme "
        "change_me letmein welcome qwerty abc123 master postgres postgresql mysql mariadb mongo mongodb redis rabbitmq oracle sa "
        "system manager tomcat minio minioadmin elastic kibana grafana foobared 1234 12345 123456 1234567 12345678 123456789 "
        "password1 password123 passw0rd p@ssw0rd p@ssword admin123 root123 secret123 test123 test1234 qwerty123 pass123 pass1234 "
        "adminadmin rootroot example dev development local docker vagrant ubuntu raspberry keycloak airflow superset app django "
        "laravel tiger scott homestead symfony wordpress drupal nextcloud gitlab jenkins sonar neo4j couchbase cassandra hunter2"
    )
)  # the documented defaults of servers and images, and words that every list of passwords begins with


def is_sample(value: str, begin: int = 0) -> bool:
    """Whether a value of a documented form is one of a manual, or made of what a keyboard gives without thinking.

    :param begin: how many of its characters are the same in all of its form.
    """
    body = value[begin:]
    return _SAMPLES.search(value) is not None or _RUN.search(body) is not None or is_placeholder(body)


def is_placeholder(value: str) -> bool:
    """Whether a value says that the real one goes there."""
    return _PLACEHOLDER.search(value) is not None


def is_lookup(value: str) -> bool:
    """Whether a value names where the secret is kept."""
    return _LOOKUP.search(value) is not None


def is_sample_claim(value: object) -> bool:
    """Whether a claim stands in the sample tokens of manuals."""
    return isinstance(value, str) and value in _SAMPLE_CLAIMS


def is_weak(value: str) -> bool:
    """Whether a password is one that everybody tries first."""
    lower = value.lower()
    return lower in WEAK or lower.rstrip("0123456789!@#.") in _WEAK_STEMS
