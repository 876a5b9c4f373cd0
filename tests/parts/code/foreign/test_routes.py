"""Operations are found where frameworks declare them, with what guards them."""

from __future__ import annotations

from foreign_code import module, route
from ostiary.evidence.code import Language


def test_express_routes_carry_the_guards_of_application_router_and_route() -> None:
    read = module(
        Language.JAVASCRIPT,
        """
        const express = require('express');
        const { auth } = require('./auth');
        const app = express();
        const items = express.Router();
        app.use(helmet());
        app.use('/admin', requireAdmin);
        items.use(auth);
        items.route('/:id').get(show).delete(canDelete, remove);
        app.use('/items', items);
        app.get('/health', (req, res) => res.send('ok'));
        app.get('/admin/all', list);
        app.post('/items', auth, [limit, check('a')], create);
        axios.get('/x', config);
        app.get('view engine');
        function create(req, res) {}
        """,
    )
    assert route(read, "GET", "/health").guards == ("helmet",)
    assert not route(read, "GET", "/health").open_end
    assert "requireAdmin" in route(read, "GET", "/admin/all").guards
    created = route(read, "POST", "/items")
    assert {"./auth.auth", "limit", "check"} <= set(created.guards)
    assert created.function is not None
    assert created.function.name == "create"
    removed = route(read, "DELETE", "/items/:id")
    assert {"./auth.auth", "canDelete"} <= set(removed.guards)
    assert removed.parameters == ("id",)
    assert len(read.routes) == 5


def test_a_router_that_is_mounted_elsewhere_is_open() -> None:
    read = module(
        Language.JAVASCRIPT,
        "const r = require('express').Router();\nr.post('/x', create);\nmodule.exports = r;",
    )
    assert route(read, "POST", "/x").open_end


def test_fastify_routes_carry_hooks() -> None:
    read = module(
        Language.JAVASCRIPT,
        """
        const app = require('fastify')();
        app.get('/a', { preHandler: [app.authenticate] }, async (request) => 1);
        app.route({ method: 'PUT', url: '/b', preValidation: check, handler: put });
        """,
    )
    assert route(read, "GET", "/a").guards == ("fastify().authenticate",) or route(read, "GET", "/a").guards == (
        "app.authenticate",
    )
    assert route(read, "PUT", "/b").guards == ("check",)


def test_annotations_of_nest_and_spring_make_routes() -> None:
    nest = module(
        Language.JAVASCRIPT,
        """
        import { Controller, Get, UseGuards } from '@nestjs/common';
        @Controller('cats')
        @UseGuards(AuthGuard('jwt'))
        export class Cats { @Get(':id') one() {} }
        """,
        "ts",
    )
    assert "AuthGuard" in route(nest, "GET", "/cats/:id").guards
    spring = module(
        Language.JAVA,
        """
        @RestController @RequestMapping("/api")
        class A {
          @DeleteMapping("/x/{id}") @PreAuthorize("isAuthenticated()") void remove(@PathVariable Long id) {}
          @RequestMapping(value = "/y", method = RequestMethod.POST) void make() {}
        }
        interface Client { @GetMapping("/z") String z(); }
        """,
    )
    removed = route(spring, "DELETE", "/api/x/{id}")
    assert removed.guards == ("PreAuthorize",)
    assert removed.open_end
    assert removed.parameters == ("id",)
    assert route(spring, "POST", "/api/y").guards == ()
    assert len(spring.routes) == 2


def test_groups_of_go_routers_hand_down_prefix_and_guards() -> None:
    read = module(
        Language.GO,
        """
        package main
        import ("github.com/gin-gonic/gin"; "net/http")
        func main() {
          r := gin.Default()
          r.GET("/ping", ping)
          v1 := r.Group("/v1", limit())
          v1.Use(Auth())
          v1.POST("/items/:id", create)
          http.HandleFunc("/plain", plain)
        }
        func Register(g *gin.RouterGroup) { g.GET("/x", list) }
        """,
    )
    assert route(read, "GET", "/ping").guards == ()
    assert route(read, "POST", "/v1/items/:id").guards == ("limit", "Auth")
    assert route(read, "GET", "/x").open_end
    assert route(read, "*", "/plain").framework == "gin"


def test_laravel_routes_carry_their_middleware() -> None:
    read = module(
        Language.PHP,
        r"""<?php
        use Illuminate\Support\Facades\Route;
        Route::get('/a/{id}', [A::class, 'show'])->middleware('auth:api');
        Route::post('b', 'B@make');
        $http->get('/c');
        """,
    )
    assert route(read, "GET", "/a/{id}").guards == ("auth:api",)
    assert route(read, "POST", "/b").open_end
    assert len(read.routes) == 2
