"""Data of a request is followed to where it is used, and not beyond what makes it harmless."""

from __future__ import annotations

import textwrap

import pytest

from ostiary.evidence.code import Value
from ostiary.parts.code.python import read


def used(text: str) -> Value:
    """What `use` is called with."""
    found = read("app/views.py", textwrap.dedent(text))
    return next(each for each in found.calls if each.name == "use").args[0]


FLASK = "from flask import Flask, request\napp = Flask(__name__)\n"
FASTAPI = (
    "from fastapi import FastAPI, Depends, Request\nfrom pydantic import BaseModel\nfrom uuid import UUID\n"
    "from enum import Enum\napp = FastAPI()\nclass Kind(str, Enum):\n    a = 'a'\n"
    "class Item(BaseModel):\n    name: str\n    size: int\n"
)


@pytest.mark.parametrize(
    "text",
    [
        FLASK + "use(request.args['x'])",
        FLASK + "use(request.args.get('x', '').strip().lower())",
        FLASK + "d = request.get_json()\nuse(d['a']['b'])",
        FLASK + "for k, v in request.form.items():\n    use(v)",
        FLASK + "import json\nuse(json.loads(request.data)['x'])",
        FLASK + "use(f\"a {request.headers['x']}\")",
        FLASK + "x = request.values['x']\ny = x[1:]\nuse('a' + y)",
        FLASK + "@app.route('/a/<name>')\ndef f(name):\n    use(name)",
        FLASK + "def g(v):\n    use('a' + v)\n@app.route('/')\ndef f():\n    g(request.args['x'])",
        FLASK + "class A:\n    def g(self, v):\n        use(v)\n    def f(self):\n        self.g(request.args['x'])",
        FLASK + "x = request.args['x'] if 'x' in request.args else ''\nuse(x)",
        FASTAPI + "@app.get('/a/{name}')\nasync def f(name: str):\n    use(name)",
        FASTAPI + "@app.post('/a')\nasync def f(item: Item):\n    use(item.name)",
        FASTAPI + "@app.post('/a')\nasync def f(request: Request):\n    d = await request.json()\n    use(d['x'])",
        FASTAPI + "@app.get('/a')\nasync def f(r: Request):\n    use(r.query_params['x'])",
        FASTAPI
        + "@app.get('/a')\nasync def f(kind: str = 'x'):\n    if kind in ('a', 'b'):\n        pass\n    use(kind)",
        "def view(request):\n    use(request.GET.get('x'))",
        "class V:\n    def get(self, request):\n        use(request.query_params['x'])",
        "class V:\n    def get(self):\n        use(self.request.POST['x'])",
        "class H:\n    def get(self):\n        use(self.get_argument('x'))",
        "async def h(request):\n    use(request.match_info['x'])",
    ],
)
def test_data_of_a_request_is_followed(text: str) -> None:
    assert used(text).tainted


@pytest.mark.parametrize(
    "text",
    [
        FLASK + "use(int(request.args['x']))",
        FLASK + "use(request.method)",
        FLASK + "use(len(request.data))",
        FLASK + "from werkzeug.utils import secure_filename\nuse(secure_filename(request.args['x']))",
        FLASK + "import os\nuse(os.path.basename(request.args['x']))",
        FLASK + "import uuid\nuse(uuid.UUID(request.args['x']))",
        FLASK + "from markupsafe import escape\nuse(escape(request.args['x']))",
        FLASK + "use(request.args['x'] == 'y')",
        FLASK + "x = request.args['x']\nx = 'a'\nuse(x)",
        FLASK + "def f():\n    x = request.args['x']\n    if x not in ALLOWED:\n        return 1\n    use(x)",
        FLASK + "def f():\n    x = request.args['x']\n    if not x.isalnum():\n        abort(400)\n    use(x)",
        FLASK + "def f():\n    x = request.args['x']\n    if is_safe_url(x):\n        use(x)",
        FLASK
        + "import re\ndef f():\n    x = request.args['x']\n    if not re.fullmatch('[a-z]+', x):\n        raise E\n    use(x)",
        FLASK + "@app.route('/a/<int:n>')\ndef f(n):\n    use(n)",
        FLASK + "use(Model.query.filter_by(name=request.args['x']).first().title)",
        FASTAPI + "@app.get('/a/{n}')\nasync def f(n: int | None):\n    use(n)",
        FASTAPI + "@app.get('/a/{n}')\nasync def f(n: UUID):\n    use(f'a {n}')",
        FASTAPI + "@app.get('/a/{n}')\nasync def f(n: Kind):\n    use(n)",
        FASTAPI + "@app.post('/a')\nasync def f(item: Item):\n    use(item.size)",
        FASTAPI + "@app.get('/a')\nasync def f(db = Depends(get_db)):\n    use(db)",
        "import requests\nrequest = requests.get('http://x')\nuse(request.text)",
        "def f(name):\n    use(name)",
    ],
)
def test_what_is_no_data_of_a_request_or_harmless_is_not_followed(text: str) -> None:
    assert not used(text).tainted


def test_a_value_says_which_parameters_it_rests_on() -> None:
    assert used("def f(a, b):\n    use('x' + a.strip())").parameters == {"a"}
    assert used("def f(a, b):\n    use(int(a))").parameters == frozenset()


def test_a_name_that_one_branch_looked_at_and_bound_anew_is_still_a_callers_in_the_other() -> None:
    looked = "x = request.args.get('x')\nif x == None:\n    x = made()\nelse:\n    "
    assert used(FLASK + looked + "use(x)").tainted
    assert not used(FLASK + "x = request.args.get('x')\nif x == 'a':\n    use(x)").tainted
