package shop.web

import jakarta.servlet.http.Cookie
import jakarta.servlet.http.HttpServletResponse
import org.springframework.http.ResponseCookie
import org.springframework.web.bind.annotation.PostMapping
import org.springframework.web.bind.annotation.RestController

@RestController
class LoginApi(private val sessions: SessionBook) {

    @PostMapping("/login")
    fun enter(reply: HttpServletResponse) {
        val crumb = Cookie("session_id", sessions.open()) // BAD
        crumb.path = "/"
        crumb.isHttpOnly = false
        reply.addCookie(crumb)
    }

    @PostMapping("/renew")
    fun renew(): String {
        val made = ResponseCookie.from("access_token", sessions.open()).secure(false).httpOnly(true).build() // BAD
        return made.toString()
    }
}
