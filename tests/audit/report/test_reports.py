"""Three forms of one report: complete, readable, and deaf to whatever the target says."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from ostiary.audit.report import html, terminal
from ostiary.audit.report import json as machine
from ostiary.audit.result import Excluded, Report, Result, Since
from ostiary.evidence import Shown
from ostiary.model import Confidence, Evidence, Finding, Kind, Maps, Outcome, Severity

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`{{ 7*7 }}{% raw %}</style></script>"
MARKUP = "[bold red]x[/] [link=http://evil]y[/link] :bomb:"


def result(control_id: str, outcome: Outcome, severity: Severity = Severity.HIGH, **rest: Any) -> Result:
    why = rest.pop("why", f"why of {control_id}")
    evidence = rest.pop("evidence", ())
    kind = rest.pop("kind", Kind.LIVE)
    return Result(
        id=control_id,
        section=rest.pop("section", "Access"),
        rule=rest.pop("rule", "A rule with ``code`` in it."),
        severity=severity,
        outcome=outcome,
        why=why,
        findings=(Finding(outcome=outcome, why=why, evidence=evidence, kind=kind),),
        background="Because.",
        fix="Set ``x = 1``.",
        question="Who says so?",
        closing=rest.pop("closing", ("closes", "") if rest.get("guarded", True) else ("cannot", "it is behind")),
        guarded=rest.pop("guarded", True),
        places=rest.pop("places", ()),
        maps=Maps(owasp_api=("API8:2023",), asvs=("3.4.1",), cwe=(319,), standards=("RFC 6797 §7.2",)),
        requests=3,
    )


def shown(text: str = "plain") -> Shown:
    return Shown(
        what=text,
        where=f"GET /{text}",
        request=f"GET /{text} HTTP/1.1\nHost: a",
        reply=f"HTTP/1.1 200\n\n{text}",
        curl="curl -sSi --path-as-is -g -X POST -H 'content-type: application/json' -H 'X-Long: " + "v" * 60 + "' 'http://127.0.0.1:1/things?q=1' --data-binary '{\"a\": 1}'",
        method="GET",
        target=f"/{text}",
        headers=(("Accept", "*/*"),),
        body=b"\xff\x00",
        status=200,
        reply_headers=(("server", text),),
    )  # fmt: skip


def report(*results: Result, **rest: Any) -> Report:
    given = results or (
        result("access.hsts", Outcome.FAIL, evidence=(shown(), Evidence(what="in the document", where="a.yaml#/x"))),
        result("access.throttling", Outcome.FAIL, Severity.CRITICAL, guarded=False),
        result("access.tls-floor", Outcome.PASS),
        result("jwt.size-bounded", Outcome.UNKNOWN, section="JWT", why="no baseline"),
        result("ci.sast", Outcome.ATTEST, Severity.LOW, section="CI and CD", kind=None),
        result("people.report-channel", Outcome.WAIVED, section="People", why="we are three people"),
        result("output.nosniff", Outcome.NOT_APPLICABLE, Severity.LOW, section="Output"),
    )
    rest = {"notes": ("A note.",), "excluded": (Excluded(operation="GET /wipe", reason="wipes data"),), **rest}
    return Report(
        tool="ostiary 9.9", target="http://127.0.0.1:1", started="2026-11-22T07:00:00Z", seconds=1.5, results=given,
        document="openapi.json", title=rest.pop("title", "Things"), operations=4, answered=3, tried=4, budget=2000, used=123, **rest,
    )  # fmt: skip


def on_terminal(made: Report, width: int = 80, *, colour: bool = False, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    terminal.render(made, stream, width=width, colour=colour)
    return raw.getvalue().decode(encoding)


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._ours = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._ours = tag in {"style", "script"}

    def handle_endtag(self, tag: str) -> None:
        self._ours = False

    def handle_data(self, data: str) -> None:
        self.text += "" if self._ours else data


def test_json_has_its_stable_form() -> None:
    """Programs read this: fields may be added, none may be renamed or change its meaning."""
    plain = json.loads(machine.render(report()))
    assert plain["format"] == 1
    assert set(plain) >= {
        "format", "tool", "target", "document", "started", "seconds", "profile", "requests", "operations", "identities",
        "unauthenticated", "interrupted", "notes", "excluded", "summary", "controls",
    }  # fmt: skip
    assert plain["tool"] == {"name": "ostiary", "version": "9.9"}
    assert plain["requests"] == {"budget": 2000, "used": 123, "cleaning": 0}
    assert plain["summary"] == {"PASS": 1, "FAIL": 2, "UNKNOWN": 1, "NOT_APPLICABLE": 1, "ATTEST": 1, "WAIVED": 1}
    first = plain["controls"][0]
    assert {key: first[key] for key in ("id", "section", "title", "severity", "outcome", "why", "guard", "fix")} == {
        "id": "access.hsts", "section": "Access", "title": "A rule with ``code`` in it.", "severity": "high",
        "outcome": "FAIL", "why": "why of access.hsts", "guard": True, "fix": "Set ``x = 1``.",
    }  # fmt: skip
    assert first["maps"] == {
        "owasp_api": ["API8:2023"],
        "asvs": ["3.4.1"],
        "cwe": [319],
        "standards": ["RFC 6797 §7.2"],
    }
    assert first["evidence"][0]["replay"] == {
        "authority": "127.0.0.1:1", "method": "GET", "target": "/plain", "headers": [["Accept", "*/*"]], "body": "/wA=",
        "identity": "", "status": 200, "reply_headers": [["server", "plain"]],
    }  # fmt: skip
    assert "replay" not in first["evidence"][1]


@pytest.mark.parametrize("width", [60, 80, 110])
def test_a_terminal_of_any_width_shows_whole_lines(width: int) -> None:
    lines = on_terminal(report(), width).splitlines()
    assert max(len(line) for line in lines if "X-Long" not in line) <= width
    assert "access.throttling" in "\n".join(lines)


def test_findings_come_first_and_the_worst_of_them_first() -> None:
    text = on_terminal(report())
    places = [text.index(word) for word in ("CRITICAL", "HIGH", "By section", "Every control")]
    assert places == sorted(places)
    finding = text[text.index("HIGH") : text.index("By section")]
    for words in ("why of access.hsts", "Because.", "Set `x = 1`.", "the gateway closes this", "curl -sSi"):
        assert words in finding


def test_waivers_and_what_was_left_alone_are_repeated() -> None:
    text = on_terminal(report())
    assert "we are three people" in text
    assert "GET /wipe  wipes data" in text


def test_the_shown_command_is_one_command() -> None:
    import shlex  # noqa: PLC0415 - only here

    text = on_terminal(report())
    command = text[text.index("curl -sSi") :].partition("\n\n")[0]
    words = shlex.split(command.replace("\\\n", ""))
    assert words == shlex.split(shown().curl)


def test_a_terminal_without_unicode_gets_ascii() -> None:
    text = on_terminal(report(result("access.hsts", Outcome.FAIL, why="naïve…")), encoding="ascii")
    assert text.isascii()
    assert "x access.hsts" in text


def test_no_colour_unless_it_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b" not in on_terminal(report())
    assert "\x1b[" in on_terminal(report(), colour=True)
    stream = io.StringIO()
    monkeypatch.setenv("NO_COLOR", "1")
    terminal.render(report(), stream, width=80)
    assert "\x1b[3" not in stream.getvalue()


def test_words_of_the_target_are_no_markup_of_ours() -> None:
    text = on_terminal(
        report(
            result("access.hsts", Outcome.FAIL, why=MARKUP, evidence=(shown(MARKUP),)), title=MARKUP, notes=(MARKUP,)
        )
    )
    assert text.count("[bold red]") >= 4
    assert "💣" not in text


def evil_page() -> str:
    made = result(
        "access.hsts", Outcome.FAIL, why=SCRIPT, evidence=(shown(SCRIPT), Evidence(what=SCRIPT, where=SCRIPT))
    )
    other = result("access.tls-floor", Outcome.PASS, why=SCRIPT, evidence=(shown(SCRIPT),))
    return html.render(
        report(
            made,
            other,
            title=SCRIPT,
            notes=(SCRIPT,),
            excluded=(Excluded(operation=SCRIPT, reason=SCRIPT),),
            identities=(SCRIPT,),
        )
    )


def test_words_of_the_target_are_no_html() -> None:
    page = Page(evil_page())
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert "img" not in {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert page.text.count("<script>alert(1)</script>") >= 6
    assert "{{ 7*7 }}" in page.text


def test_the_page_loads_nothing_and_runs_only_its_own_script() -> None:
    text = html.render(report())
    page = Page(text)
    policy = next(
        attributes["content"]
        for _, attributes in page.tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    loading = {"src", "srcset", "data", "action", "formaction", "poster", "background", "ping", "style"}
    assert not [(tag, name) for tag, attributes in page.tags for name in attributes if name in loading]
    assert [
        attributes["href"]
        for _, attributes in page.tags
        if "href" in attributes and not str(attributes["href"]).startswith("#")
    ] == []
    assert not re.search(r"url\(|@import", text)


def test_the_hashes_of_the_policy_are_those_of_the_page() -> None:
    import base64  # noqa: PLC0415 - only here
    import hashlib  # noqa: PLC0415 - only here

    text = html.render(report())
    for tag in ("style", "script"):
        inner = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert inner is not None
        digest = base64.b64encode(hashlib.sha256(inner[1].encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest}&#39;".replace("+", "&#43;") in text.replace("+", "&#43;")


def test_the_page_holds_every_control_with_its_words() -> None:
    made = report()
    page = Page(html.render(made))
    cards = {attributes["id"]: attributes for tag, attributes in page.tags if tag == "details" and "id" in attributes}
    assert set(cards) == {each.id for each in made.results}
    assert cards["access.hsts"]["data-outcome"] == "FAIL"
    for words in (
        "why of access.hsts",
        "Who says so?",
        "Set x = 1.",
        "we are three people",
        "GET /wipe",
        "OWASP API8:2023",
        "CWE-319",
        shown().curl,
    ):
        assert words in page.text


def test_no_score_counts_what_is_not_known() -> None:
    """Counts and bars only: a percentage would have to call an unknown something."""
    made = report()
    assert "%" not in Page(html.render(made)).text + on_terminal(made)
    page = Page(html.render(report(result("jwt.size-bounded", Outcome.UNKNOWN), result("access.hsts", Outcome.PASS))))
    widths = [float(str(attributes["width"])) for tag, attributes in page.tags if tag == "rect"]
    assert widths == [50, 50]


def test_exit_codes() -> None:
    low = report(result("access.hsts", Outcome.FAIL, Severity.LOW))
    info = report(result("access.hsts", Outcome.FAIL, Severity.INFO))
    clean = report(result("access.hsts", Outcome.UNKNOWN))
    assert [each.exit_code() for each in (low, info, clean)] == [1, 0, 0]
    assert low.exit_code(Severity.MEDIUM) == 0
    assert info.exit_code(Severity.INFO) == 1
    assert report(interrupted=True).exit_code() == 130
    assert report(unauthenticated=True).exit_code() == 4


def told(**rest: Any) -> Report:
    """A report with everything that a finding can say."""
    finding = Finding(
        outcome=Outcome.FAIL, why="Bob read Alice's order", evidence=(shown(),), kind=Kind.LIVE, places=("GET /orders/{id}",),
        confidence=Confidence.CERTAIN, proof="owner and other got the same", facts={"fields": ["total"], "seen": {"b", "a"}},
    )  # fmt: skip
    one = dataclasses.replace(
        result("userdata.ownership-check", Outcome.FAIL, Severity.CRITICAL),
        findings=(finding,),
        why=finding.why,
        places=tuple(f"GET /orders{number}/{{id}}" for number in range(8)),
        closing=("in part", "where request, token or reply show the owner"),
        fingerprint="0123456789abcdef",
        stage="authorization",
    )
    rest = {
        "since": Since(source="old.json", new=("userdata.ownership-check",), gone=("access.hsts",), undecided=("a.b",)),
        "unreached": ("input.injection-xss",),
        "seed": 41,
        "used": 125,
        "cleaning": 2,
        **rest,
    }
    return dataclasses.replace(report(one), **rest)


def test_a_finding_tells_where_how_sure_and_why_and_what_a_gateway_does() -> None:
    text = on_terminal(told())
    assert max(map(len, (line for line in text.splitlines() if "X-Long" not in line))) <= 80
    finding = " ".join(text[text.index("CRITICAL") : text.index("By section")].split())
    for words in (
        "certain, new", "the gateway closes part", "Proof owner and other got the same",
        "in part: where request, token or reply show the owner", "GET /orders0/{id}", "and 2 more",
        "OWASP API8:2023", "ASVS 3.4.1", "CWE-319",
    ):  # fmt: skip
        assert words in finding, words
    for words in ("1 new, 0 known, 1 closed, 1 not decided", "closed: access.hsts", "--seed 41", "and 2 to clean up"):
        assert words in text, words
    assert text.index("Not reached") < text.index("input.injection-xss")


def test_programs_get_it_all() -> None:
    plain = json.loads(machine.render(told()))
    one = plain["controls"][0]
    assert (one["confidence"], one["proof"], one["stage"]) == (
        "certain",
        "owner and other got the same",
        "authorization",
    )
    assert one["facts"] == {"fields": ["total"], "seen": ["a", "b"]}
    assert one["gateway"] == {"closes": "in part", "limit": "where request, token or reply show the owner"}
    assert len(one["places"]) == 8
    assert (one["fingerprint"], one["since"]) == ("0123456789abcdef", "new")
    assert one["kinds"][0]["places"] == ["GET /orders/{id}"]
    assert one["kinds"][0]["fingerprint"]
    assert (plain["seed"], plain["unreached"], plain["requests"]["cleaning"]) == (41, ["input.injection-xss"], 2)
    assert plain["since"] == {
        "source": "old.json", "new": ["userdata.ownership-check"], "known": [], "gone": ["access.hsts"], "undecided": ["a.b"],
    }  # fmt: skip
    assert json.loads(machine.render(report()))["since"] is None


def test_a_browser_shows_it_and_can_choose_by_what_the_gateway_does() -> None:
    page = html.render(told())
    for words in (
        "owner and other got the same",
        "GET /orders7/{id}",
        "the gateway closes part",
        "seed 41",
        "<b>new</b>",
    ):
        assert words in page, words
    assert 'data-gateway="in part"' in page
    assert page.count("gateway in part</button>") == 1
    assert "gateway cannot</button>" not in page


def test_what_a_target_says_in_places_and_proofs_is_no_markup() -> None:
    made = told()
    finding = dataclasses.replace(made.results[0].findings[0], proof=SCRIPT, facts={SCRIPT: SCRIPT})
    one = dataclasses.replace(made.results[0], places=(SCRIPT,), findings=(finding,))
    page = html.render(dataclasses.replace(made, results=(one,), since=Since(source=SCRIPT)))
    assert "<img" not in page
    assert page.count("<script>") == 1


def test_what_holds_by_somebodys_word_is_told_apart() -> None:
    word = Finding(outcome=Outcome.PASS, why="attested by ops", kind=Kind.SOURCE, facts={"attested": True})
    said = dataclasses.replace(result("people.report-channel", Outcome.PASS), findings=(word,))
    made = report(said, result("access.tls-floor", Outcome.PASS))
    assert "2 pass, 1 by word" in on_terminal(made)
    assert json.loads(machine.render(made))["attested"] == 1
    assert "1 by somebody" in html.render(made)
    assert "by word" not in on_terminal(report())
