"""For each Match line one caller is made up whom it is for."""

from __future__ import annotations

import pytest

from ostiary.parts.machines.sshd_config import callers

FILES = {
    "/etc/ssh/sshd_config": "Include /etc/ssh/sshd_config.d/*.conf\nInclude /etc/ssh/sshd_config\nMatch User a\n",
    "/etc/ssh/sshd_config.d/x.conf": "match user=b\n",
}


def one(match: str) -> tuple[str, str]:
    [found] = callers("c", lambda _: match, lambda _: [], lambda group: "member" if group == "staff" else "")
    return found.said, found.problem


@pytest.mark.parametrize(
    ("match", "words"),
    [
        ("Match User deploy", "user=deploy"),
        ("Match User !root,web*", "user=webx"),
        ('Match Group "staff"', "user=member"),
        ("Match Address 10.1.0.0/16", "addr=10.1.0.1"),
        ("Match Address 192.168.*", "addr=192.168.1.1"),
        ("Match Address 2001:db8::/32", "addr=2001:db8::1"),
        ("Match LocalPort 2222 User x", "user=x"),
        ("Match Host *.inside.test", "host=x.inside.test"),
        ("Match all", "user=nobody-in-particular"),
    ],
)
def test_a_caller_fits_the_line(match: str, words: str) -> None:
    said, problem = one(match)
    assert (words in said.split(","), problem) == (True, "")


@pytest.mark.parametrize(
    "match", ["Match Group nobody-is-in-it", "Match User !root", "Match User", "Match Exec /bin/true"]
)
def test_for_some_none_can_be_made_up(match: str) -> None:
    said, problem = one(match)
    assert (said, bool(problem)) == ("", True)


def test_includes_are_followed_and_circles_end() -> None:
    found = callers(
        "/etc/ssh/sshd_config",
        lambda path: FILES[path],
        lambda pattern: [each for each in FILES if each.startswith(pattern.partition("*")[0])],
        lambda _: "",
    )
    assert {each.where for each in found} == {"/etc/ssh/sshd_config:3", "/etc/ssh/sshd_config.d/x.conf:1"}
    assert len(found) == 2
