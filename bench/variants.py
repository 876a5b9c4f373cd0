"""The applications under measurement: each name of `VARIANTS` builds one ASGI app."""

# ruff: noqa: PLC0415 - a variant imports only what it measures

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

from traffic import DOCUMENT, KEY

App = Callable[[Any, Any, Any], Awaitable[None]]

_JSON = [(b"content-type", b"application/json")]
_ITEM = b'{"id":42,"name":"lamp","owner":"bench"}'
_MADE = b'{"made":true,"lines":7}'


def null() -> App:
    """The least an ASGI app can do: read the body, answer."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] == "POST":
            await receive()
            await send({"type": "http.response.start", "status": 201, "headers": _JSON})
            await send({"type": "http.response.body", "body": _MADE})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": _JSON})
            await send({"type": "http.response.body", "body": _ITEM})

    return app


def starlette(middleware: Any = ()) -> App:
    """Starlette with the two routes; the body is parsed, nothing is checked."""
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def item(request: Any) -> Any:
        return JSONResponse({"id": int(request.path_params["id"]), "name": "lamp", "owner": "bench"})

    async def order(request: Any) -> Any:
        made = await request.json()
        return JSONResponse({"made": True, "lines": len(made["lines"])}, 201)

    routes = [Route("/items/{id}", item), Route("/orders", order, methods=["POST"])]
    return Starlette(routes=routes, middleware=list(middleware))


def fastapi(*, model: bool = False, dependencies: Any = ()) -> Any:
    """FastAPI with the two routes; `model`: the body is a pydantic model instead of what the client sent."""
    from fastapi import FastAPI, Request

    app = FastAPI(dependencies=list(dependencies))

    @app.get("/items/{id}")
    async def item(id: int) -> dict[str, Any]:  # noqa: A002 - the name in the path
        return {"id": id, "name": "lamp", "owner": "bench"}

    if model:
        shape = _order_model()

        async def order(order: shape) -> dict[str, Any]:  # type: ignore[valid-type]
            return {"made": True, "lines": len(order.lines)}  # type: ignore[attr-defined]

        order.__annotations__["order"] = shape
    else:

        async def order(request: Request) -> dict[str, Any]:  # type: ignore[misc]
            made = await request.json()
            return {"made": True, "lines": len(made["lines"])}

        order.__annotations__["request"] = Request
    app.post("/orders", status_code=201)(order)
    return app


def _order_model() -> Any:
    from typing import Annotated

    from pydantic import BaseModel, ConfigDict, Field, create_model

    class Closed(BaseModel):
        model_config = ConfigDict(extra="forbid")

    text = str | None
    line = create_model(
        "Line", __base__=Closed,
        sku=(Annotated[str, Field(pattern="^[A-Z0-9-]{3,20}$")], ...),
        quantity=(Annotated[int, Field(ge=1, le=1000)], ...),
        price=(Annotated[float, Field(ge=0)], ...),
        label=(text, None),
    )  # fmt: skip
    return create_model(
        "Order", __base__=Closed,
        customer=(Annotated[str, Field(min_length=1, max_length=100)], ...), email=(Annotated[str, Field(max_length=200)], ...),
        express=(bool, False), note=(text, None), lines=(Annotated[list[line], Field(min_length=1, max_length=50)], ...),  # type: ignore[valid-type]
    )  # fmt: skip


def guarded(app: Any, only: tuple[str, ...] | None = None) -> App:
    """Ours around an app: every built control with its defaults, but limits that a benchmark does not reach."""
    import policy

    from ostiary.guard.app import Guard
    from ostiary.parts.openapi import read

    return Guard(app, policy.in_process(only), api=read(str(DOCUMENT)))


def everything(app: Any, store: str = "memory", *, quota: bool = True) -> App:
    """Ours with all that a policy adds: tokens, limits by source and identity, a quota, places, ownership."""
    import policy

    from ostiary.guard.app import Guard
    from ostiary.parts.openapi import read

    return Guard(app, policy.everything(store, quota=quota), api=read(str(DOCUMENT)))


def _bearer() -> Any:
    import jwt
    from fastapi import Depends, HTTPException
    from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

    scheme = HTTPBearer()

    async def check(given: HTTPAuthorizationCredentials = Depends(scheme)) -> Any:  # noqa: B008 - FastAPI's way
        try:
            return jwt.decode(given.credentials, KEY, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            raise HTTPException(401) from None

    check.__annotations__["given"] = HTTPAuthorizationCredentials
    return Depends(check)


def _glue(app: Any, *, asgi: bool) -> Any:
    """slowapi (its default middleware, or its ASGI one), secure's headers and TrustedHost around a Starlette app."""
    from secure import Secure
    from secure.middleware import SecureASGIMiddleware
    from slowapi import Limiter
    from slowapi.middleware import SlowAPIASGIMiddleware, SlowAPIMiddleware
    from slowapi.util import get_remote_address
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    app.state.limiter = Limiter(key_func=get_remote_address, default_limits=["1000000000/minute"])
    app.add_middleware(SlowAPIASGIMiddleware if asgi else SlowAPIMiddleware)
    app.add_middleware(SecureASGIMiddleware, secure=Secure.with_default_headers())
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["api.test"])
    return app


class _VerifiesBearer:
    """PyJWT as a plain ASGI middleware, for Starlette, which has no dependencies."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        import jwt

        if scope["type"] == "http":
            token = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
            jwt.decode(token.removeprefix(b"Bearer "), KEY, algorithms=["HS256"])
        await self.app(scope, receive, send)


def _glued_starlette() -> App:
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    shape = _order_model()

    async def item(request: Any) -> Any:
        return JSONResponse({"id": int(request.path_params["id"]), "name": "lamp", "owner": "bench"})

    async def order(request: Any) -> Any:
        made = shape.model_validate(json.loads(await request.body()))
        return JSONResponse({"made": True, "lines": len(made.lines)}, 201)

    app = Starlette(routes=[Route("/items/{id}", item), Route("/orders", order, methods=["POST"])])
    app.add_middleware(_VerifiesBearer)
    return _glue(app, asgi=True)


def _fastapi_guard(**settings: Any) -> App:
    from guard import SecurityConfig
    from guard.middleware import SecurityMiddleware

    app = fastapi(model=True)
    config = SecurityConfig(enable_redis=False, rate_limit=10**6, rate_limit_window=1, **settings)
    app.add_middleware(SecurityMiddleware, config=config)
    return app


VARIANTS: dict[str, Callable[[], App]] = {
    "null": null,
    "null + Guard": lambda: guarded(null()),
    "null + Guard, everything": lambda: everything(null()),
    "null + Guard, everything, new tokens": lambda: everything(null()),
    "null + Guard, everything but a quota": lambda: everything(null(), quota=False),
    "null + Guard, everything but a quota, SQLite": lambda: everything(
        null(), os.environ["OSTIARY_BENCH_SQLITE"], quota=False
    ),
    "null + Guard, everything but a quota, Redis": lambda: everything(
        null(), os.environ["OSTIARY_BENCH_REDIS"], quota=False
    ),
    "null + Guard, everything, SQLite": lambda: everything(null(), os.environ["OSTIARY_BENCH_SQLITE"]),
    "null + Guard, everything, Redis": lambda: everything(null(), os.environ["OSTIARY_BENCH_REDIS"]),
    "Starlette": starlette,
    "Starlette + Guard": lambda: guarded(starlette()),
    "Starlette + glued stack": _glued_starlette,
    "Starlette + Guard, everything": lambda: everything(starlette()),
    "FastAPI": fastapi,
    "FastAPI + pydantic model": lambda: fastapi(model=True),
    "FastAPI + Guard": lambda: guarded(fastapi()),
    "FastAPI + Guard, everything": lambda: everything(fastapi()),
    "FastAPI + glued stack": lambda: _glue(fastapi(model=True, dependencies=[_bearer()]), asgi=True),
    "FastAPI + glued stack, slowapi's default middleware": lambda: _glue(
        fastapi(model=True, dependencies=[_bearer()]), asgi=False
    ),
    "FastAPI + fastapi-guard, detection off": lambda: _fastapi_guard(enable_penetration_detection=False),
    "FastAPI + fastapi-guard": _fastapi_guard,
}
