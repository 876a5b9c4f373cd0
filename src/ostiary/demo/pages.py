"""The pages that give a careless shop away: shaped like those that real servers and frameworks send."""

from __future__ import annotations

LEAFLETS = {"opening-hours.txt": "Monday to Friday, nine to five.\n", "returns.txt": "Bring it back within a month.\n"}

LISTING = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of /files</title></head><body><h1>Index of /files</h1>
<pre><a href="?C=N;O=D">Name</a> <a href="?C=M;O=A">Last modified</a> <a href="?C=S;O=A">Size</a><hr>
<a href="/">Parent Directory</a>
<a href="opening-hours.txt">opening-hours.txt</a>  2026-01-05 10:00   32
<a href="returns.txt">returns.txt</a>              2026-01-05 10:00   30
<a href="backup.sql">backup.sql</a>                2026-01-05 10:00  1.2M
<hr></pre></body></html>
"""

TRACE = """Traceback (most recent call last):
  File "/srv/shop/app/server.py", line 214, in dispatch
    body = json.loads(request.body)
  File "/usr/lib/python3.9/json/__init__.py", line 346, in loads
    return _default_decoder.decode(s)
  File "/usr/lib/python3.9/json/decoder.py", line 337, in decode
    obj, end = self.raw_decode(s, idx=_w(s, 0).end())
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)
"""

CONSOLE = """<!doctype html>
<html lang=en><head><title>Console // Werkzeug Debugger</title>
<script>var TRACEBACK = -1, CONSOLE_MODE = true, EVALEX = true, EVALEX_TRUSTED = false, SECRET = "u3kDq0Zr8xYw2LhT";</script>
</head><body style="background-color: #fff"><div class="debugger"><h1>Interactive Console</h1>
<div class="explanation">In this console you can execute Python expressions in the context of the application.</div>
<div class="console"><div class="inner">The Console requires JavaScript.</div></div></div></body></html>
"""

INTERNAL = {  # undocumented paths, and what they tell
    "/internal": {"service": "shop", "database": "ready"},
    "/internal/users": [{"name": "Alice", "admin": False}, {"name": "Bob", "admin": True}],
    "/admin": {"actions": ["restart", "refund", "export"]},
    "/v0/items": [{"id": 1, "name": "Desk lamp"}],
}

METRICS = """# HELP shop_requests_total Requests since the start.
# TYPE shop_requests_total counter
shop_requests_total{path="/items"} 1027
"""
