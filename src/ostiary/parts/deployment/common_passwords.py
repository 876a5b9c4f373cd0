"""Passwords that everybody tries first, and how a data store that has one is told of."""

from __future__ import annotations

from typing import Final

from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.services import Service
from ostiary.verdict import Severity

_COMMON: Final = frozenset(
    [
        "root",
        "admin",
        "administrator",
        "password",
        "passw0rd",
        "pass",
        "passwd",
        "secret",
        "changeme",
        "change_me",
        "changethis",
        "change-me",
        "default",
        "test",
        "testing",
        "guest",
        "user",
        "example",
        "letmein",
        "qwerty",
        "toor",
        "123",
        "1234",
        "12345",
        "123456",
        "1234567",
        "12345678",
        "123456789",
        "1234567890",
        "postgres",
        "postgresql",
        "mysql",
        "mariadb",
        "mongo",
        "mongodb",
        "redis",
        "foobared",
        "sa",
        "minioadmin",
        "elastic",
        "neo4j",
        "rabbitmq",
        "couchdb",
        "influxdb",
        "db",
        "database",
        "dbpassword",
        "db_password",
        "rootpassword",
        "root_password",
        "mysecretpassword",
        "supersecret",
        "my-secret-pw",
        "secretpassword",
        "adminpassword",
        "admin123",
        "password1",
        "password123",
        "pass123",
        "root123",
        "test123",
        "p@ssw0rd",
        "p@ssword",
        "postgrespassword",
        "postgres123",
        "mysqlpassword",
        "redispassword",
        "mypassword",
        "yourpassword",
        "your_password",
        "yourstrong(!)password",
        "yourstrong!passw0rd",
        "example_password",
        "somepassword",
    ]
)


def is_common(value: str, user: str = "") -> bool:
    """Whether everybody tries this password first: an empty one, a word of every list, the name of its user."""
    return value.lower() in _COMMON or value == "" or (bool(user) and value == user)


def _grade(service: Service) -> Severity:
    """Worse for a store that other machines reach."""
    return Severity.CRITICAL if any(each.everywhere for each in service.ports) else Severity.HIGH


def fault(opinion: Opinion, service: Service, place: str, what: str, name: str = "") -> None:
    """Hold something against a store; in a file for developers' machines alone it is only a sign."""
    opinion.fault(
        place, what, severity=_grade(service), extract=f"{name}=***" if name else None, sure=not service.development
    )
