"""Ordinary use of a Prefect server through its own client; prints what happened as JSON, the same for every run.

Run by the Python that has prefect, with PREFECT_API_URL set.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import httpx
from prefect import flow, task
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import VariableCreate
from prefect.client.schemas.filters import FlowFilter, FlowFilterName, FlowRunFilter, FlowRunFilterName
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed, Running

PREFIX = uuid.uuid4().hex[:8]


@task
def double(number: int) -> int:
    return number * 2


@flow(name=f"{PREFIX}-sum")
def add_up(most: int) -> int:
    return sum(double(n) for n in range(most))


async def orchestrate(client: PrefectClient, seen: dict[str, Any]) -> None:
    made = await client.create_flow_from_name(f"{PREFIX}-orders")
    runs = await asyncio.gather(
        *(client.create_flow_run(_named(made, n), name=f"{PREFIX}-{n}", parameters={"n": n}) for n in range(16))
    )
    seen["created"] = len({run.id for run in runs})
    for run in runs[:4]:
        await client.set_flow_run_state(run.id, Running())
        await client.set_flow_run_state(run.id, Completed(message='done: <b>"caf\u00e9"</b> \U0001f600'))
    only = FlowRunFilter(name=FlowRunFilterName(like_=PREFIX))
    listed = await client.read_flow_runs(flow_run_filter=only, sort=FlowRunSort.NAME_ASC, limit=200)
    seen["states"] = sorted(run.state_name or "" for run in listed)
    seen["page"] = len(await client.read_flow_runs(flow_run_filter=only, limit=3, offset=2))
    flows = await client.read_flows(flow_filter=FlowFilter(name=FlowFilterName(like_=PREFIX)))
    seen["flows"] = len(flows)
    await client.delete_flow_run(runs[5].id)
    try:
        await client.read_flow_run(runs[5].id)
    except ObjectNotFound:
        seen["deleted"] = "not found"
    block = await client.create_variable(_variable())
    seen["variable"] = block.value
    seen["limit"] = str(await client.create_concurrency_limit(tag=f"{PREFIX}-db", concurrency_limit=4))[:0]


def _named(made: Any, n: int) -> Any:
    @flow(name=f"{PREFIX}-orders")
    def orders(n: int) -> None: ...

    return orders


def _variable() -> Any:
    return VariableCreate(name=f"v_{PREFIX}", value={"a": [1, 2.5, None, "x"]}, tags=["t"])


async def status(asking: Any) -> int:
    try:
        return int((await asking).status_code)
    except httpx.HTTPStatusError as error:
        return error.response.status_code


async def main() -> None:
    seen: dict[str, Any] = {}
    async with get_client() as client:
        seen["health"] = await client.api_healthcheck() is None
        await orchestrate(client, seen)
        seen["invalid"] = await status(client._client.post("/flows/", json={"name": 7}))
        seen["missing"] = await status(client._client.get(f"/flows/{uuid.UUID(int=1)}"))
    seen["sum"] = await asyncio.to_thread(add_up, 5)
    print(json.dumps(seen, sort_keys=True))


asyncio.run(main())
