"""Data stores in containers: whether somebody without a password, or with the one everybody knows, gets in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.deployment import Deployment, Unknown
from ostiary.parts.deployment import database_commands
from ostiary.parts.deployment.common_passwords import fault, is_common
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.services import Service, Variable, services

ENGINES: Final[Mapping[str, str]] = {
    "postgres": "postgresql", "postgresql": "postgresql", "postgis": "postgresql", "timescaledb": "postgresql",
    "pgvector": "postgresql", "mysql": "mysql", "mysql-server": "mysql", "mariadb": "mysql", "percona": "mysql",
    "percona-server": "mysql", "redis": "redis", "redis-stack": "redis", "redis-stack-server": "redis",
    "valkey": "redis", "keydb": "redis", "redismod": "redis", "redis-server": "redis", "mongo": "mongodb", "mongodb": "mongodb", "mongodb-community-server": "mongodb",
    "memcached": "memcached", "elasticsearch": "elasticsearch", "opensearch": "elasticsearch", "etcd": "etcd",
    "influxdb": "influxdb", "couchdb": "couchdb", "cassandra": "cassandra", "rabbitmq": "rabbitmq", "neo4j": "neo4j",
    "server": "mssql", "mssql-server-linux": "mssql", "minio": "minio", "arangodb": "arangodb",
}  # fmt: skip
_PLACEHOLDER: Final = re.compile(
    r"<[^>]*>|\{\{.*\}\}|%\w+%|x{3,}|\*{3,}|\.{3,}|replace[-_ ]?me|todo|fixme", re.IGNORECASE
)


def engine_of(product: str) -> str:
    """The data store that an image holds, by its own name; empty: none."""
    return ENGINES.get(product, "")


@dataclass(frozen=True, slots=True)
class _Rules:
    """How an image takes its password, and by what it is told to do without one."""

    passwords: Sequence[str]
    open_by: Mapping[str, tuple[str, ...]]  # variable -> values by which nobody needs a password
    open_unset: bool  # whether it lets everybody in when nobody sets a password
    users: Sequence[str] = ()


_YES: Final = ("yes", "true", "1", "on", "y")
_RULES: Final[Mapping[str, _Rules]] = {
    "postgresql": _Rules(
        ("POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD", "POSTGRESQL_POSTGRES_PASSWORD"),
        {"POSTGRES_HOST_AUTH_METHOD": ("trust",), "ALLOW_EMPTY_PASSWORD": _YES},
        False,
        ("POSTGRES_USER", "POSTGRESQL_USERNAME"),
    ),
    "mysql": _Rules(
        ("MYSQL_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD", "MYSQL_PASSWORD", "MARIADB_PASSWORD"),
        {
            "MYSQL_ALLOW_EMPTY_PASSWORD": _YES,
            "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD": _YES,
            "MARIADB_ALLOW_EMPTY_PASSWORD": _YES,
            "ALLOW_EMPTY_PASSWORD": _YES,
        },
        False,
        ("MYSQL_USER", "MARIADB_USER"),
    ),
    "mongodb": _Rules(
        ("MONGO_INITDB_ROOT_PASSWORD", "MONGODB_ROOT_PASSWORD", "MONGODB_PASSWORD", "MONGODB_INITDB_ROOT_PASSWORD"),
        {"ALLOW_EMPTY_PASSWORD": _YES},
        True,
        ("MONGO_INITDB_ROOT_USERNAME", "MONGODB_USERNAME"),
    ),
    "redis": _Rules(("REDIS_PASSWORD", "REDIS_ARGS", "VALKEY_PASSWORD"), {"ALLOW_EMPTY_PASSWORD": _YES}, True),
    "elasticsearch": _Rules(
        ("ELASTIC_PASSWORD", "ELASTICSEARCH_PASSWORD", "OPENSEARCH_INITIAL_ADMIN_PASSWORD"),
        {
            "xpack.security.enabled": ("false",),
            "DISABLE_SECURITY_PLUGIN": _YES,
            "plugins.security.disabled": _YES,
        },
        False,
    ),
    "rabbitmq": _Rules(("RABBITMQ_DEFAULT_PASS", "RABBITMQ_PASSWORD"), {}, False, ("RABBITMQ_DEFAULT_USER",)),
    "neo4j": _Rules(("NEO4J_AUTH",), {"NEO4J_AUTH": ("none",), "NEO4J_dbms_security_auth__enabled": ("false",)}, False),
    "couchdb": _Rules(("COUCHDB_PASSWORD",), {}, False, ("COUCHDB_USER",)),
    "mssql": _Rules(("SA_PASSWORD", "MSSQL_SA_PASSWORD"), {}, False),
    "influxdb": _Rules(("DOCKER_INFLUXDB_INIT_PASSWORD", "INFLUXDB_ADMIN_PASSWORD"), {}, False),
    "minio": _Rules(("MINIO_ROOT_PASSWORD", "MINIO_SECRET_KEY"), {}, False),
    "etcd": _Rules(("ETCD_ROOT_PASSWORD",), {"ALLOW_NONE_AUTHENTICATION": _YES}, False),
    "arangodb": _Rules(("ARANGO_ROOT_PASSWORD",), {"ARANGO_NO_AUTH": _YES}, False),
}


def stores(deployment: Deployment) -> Opinion:
    """What containers of data stores are told about passwords."""
    opinion = Opinion()
    for service in services(deployment):
        engine = engine_of(service.product)
        rules = _RULES.get(engine)
        if rules is None or (engine == "mssql" and "mssql" not in service.image) or service.name.startswith("init"):
            continue
        _service(opinion, service, engine, rules)
    return opinion


def _service(opinion: Opinion, service: Service, engine: str, rules: _Rules) -> None:
    before = len(opinion.faults) + len(opinion.open)
    found = [each for name in rules.passwords for each in _given(service, name)]
    for name, values in rules.open_by.items():
        told = service.variables.get(name)
        if told is not None and str(told.value).lower() in values and not _has_value(found):
            fault(
                opinion, service, told.place, f"{service.name} ({engine}) takes connections without a password ({name})"
            )
    for each in found:
        _password(opinion, service, each, rules)
    spoken = database_commands.told(opinion, service, engine)
    if len(opinion.faults) + len(opinion.open) > before:
        return
    if found or spoken:
        opinion.good(
            service.place, f"{service.name} ({engine}) demands a password that is none of those everybody tries"
        )
    elif not service.whole:
        opinion.undecided(service.place, f"variables of {service.name} ({engine}) come from what is not here")
    elif rules.open_unset:
        fault(opinion, service, service.image_place, f"{service.name} ({engine}) is started without a password")
    elif engine not in {"mysql", "postgresql", "mssql"}:
        opinion.undecided(service.place, f"nothing here says whether {service.name} ({engine}) demands a password")


def _has_value(found: list[Variable]) -> bool:
    return any(each.value is None or (isinstance(each.value, str) and each.value) for each in found)


def _given(service: Service, name: str) -> Iterator[Variable]:
    for each in (name, f"{name}_FILE"):
        known = service.variables.get(each)
        if known is not None:
            yield Variable(name=each, value=None if each.endswith("_FILE") else known.value, place=known.place)


def _password(opinion: Opinion, service: Service, variable: Variable, rules: _Rules) -> None:
    value = variable.value
    user = next((service.variables[each].value for each in rules.users if each in service.variables), "")
    if value is None:
        return
    if isinstance(value, Unknown):
        if not value.demanded:
            opinion.undecided(
                variable.place, f"{variable.name} of {service.name} rests on {', '.join(value.names)}", extract=""
            )
        return
    text = str(value)
    if variable.name == "NEO4J_AUTH":
        text = text.rpartition("/")[2]
    if variable.name == "REDIS_ARGS" or _PLACEHOLDER.fullmatch(text):
        return
    if is_common(text, str(user)):
        what = "is empty" if not text else "is one that everybody tries first"
        fault(opinion, service, variable.place, f"{variable.name} of {service.name} {what}", name=variable.name)
