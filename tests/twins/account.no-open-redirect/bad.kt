package shop.web

import io.ktor.server.application.call
import io.ktor.server.response.respondRedirect
import io.ktor.server.routing.Route
import io.ktor.server.routing.get

fun Route.leaving() {
    get("/leave") {
        val onward = call.request.queryParameters["to"] ?: "/"
        call.respondRedirect(onward) // BAD
    }
}
