package bank.web

import io.ktor.server.application.Application
import io.ktor.server.application.install
import io.ktor.server.auth.Authentication
import io.ktor.server.auth.UserIdPrincipal
import io.ktor.server.auth.basic

fun Application.doors(people: PeopleTable) {
    install(Authentication) {
        basic("staff") { // BAD
            realm = "bank"
            validate { given -> if (people.fits(given.name, given.password)) UserIdPrincipal(given.name) else null }
        }
    }
}
