"""Ordinary use of a Kinto server through its own client; prints what happened as JSON, the same for every run.

Run by the Python that has kinto-http: ``python kinto_use.py http://host:port/v1``.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import kinto_http

PASSWORD = "correct horse battery staple"


def attempt(call: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return call(*args, **kwargs)
    except kinto_http.KintoException as error:
        return {"refused": error.response.status_code, "errno": error.response.json().get("errno")}


def plain(value: Any) -> Any:
    """Without what differs from run to run."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k not in {"last_modified", "permissions", "principals"}}
    return [plain(each) for each in value] if isinstance(value, list) else value


def main(url: str) -> None:
    owner = kinto_http.Client(server_url=url, auth=("owner", PASSWORD), retry=0)
    seen: dict[str, Any] = {}
    seen["server"] = sorted(owner.server_info()["capabilities"])
    owner.session.request("put", "/accounts/owner", data={"password": PASSWORD}, auth=None)
    seen["bucket"] = attempt(owner.create_bucket, id="shop")
    seen["collection"] = attempt(owner.create_collection, id="orders", bucket="shop")
    shop = kinto_http.Client(server_url=url, auth=("owner", PASSWORD), bucket="shop", collection="orders", retry=0)
    text = 'caf\u00e9 <b>"quoted"</b> \U0001f600 ../etc/passwd \\ \' -- $where {{7*7}}'
    seen["records"] = [
        attempt(
            shop.create_record, id=f"order-{n}", data={"title": text, "price": n * 1.25, "tags": ["a", "b"], "n": n}
        )
        for n in range(12)
    ]
    seen["read"] = attempt(shop.get_record, id="order-3")
    seen["list"] = len(attempt(shop.get_records))
    seen["filtered"] = [r["id"] for r in shop.get_records(min_n=9, _sort="-n")]
    seen["limited"] = [r["id"] for r in shop.get_records(_limit=2, _sort="n", pages=1)]
    seen["paged"] = [r["id"] for r in shop.get_records(_limit=5, _sort="n")]
    seen["patched"] = attempt(shop.patch_record, id="order-3", data={"price": 99})
    seen["replaced"] = attempt(shop.update_record, id="order-4", data={"title": "new"})
    seen["deleted"] = attempt(shop.delete_record, id="order-5")
    seen["missing"] = attempt(shop.get_record, id="order-5")
    seen["twice"] = attempt(shop.create_record, id="order-3", data={"x": 1}, if_not_exists=False, safe=True)
    with shop.batch() as batch:
        for n in range(20, 25):
            batch.create_record(id=f"order-{n}", data={"n": n})
    seen["batched"] = len(shop.get_records())
    stranger = kinto_http.Client(server_url=url, auth=("stranger", "x"), bucket="shop", retry=0)
    seen["stranger"] = attempt(stranger.get_records, collection="orders")
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda n: attempt(shop.create_record, id=f"many-{n}", data={"n": n}), range(64)))
    seen["concurrent"] = sorted(each["data"]["id"] for each in done)
    seen["etag"] = bool(shop.get_records_timestamp())
    print(json.dumps(plain(seen), sort_keys=True))


main(sys.argv[1])
