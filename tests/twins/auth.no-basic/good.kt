package bank.web

import io.ktor.server.application.Application
import io.ktor.server.application.install
import io.ktor.server.auth.Authentication
import io.ktor.server.auth.jwt.JWTPrincipal
import io.ktor.server.auth.jwt.jwt
import org.springframework.security.config.annotation.web.builders.HttpSecurity

fun Application.doors(proofs: Proofs) {
    install(Authentication) {
        jwt("staff") {
            verifier(proofs.verifier)
            validate { given -> JWTPrincipal(given.payload) }
        }
    }
}

fun chain(http: HttpSecurity) = http.httpBasic { it.disable() }.build()
