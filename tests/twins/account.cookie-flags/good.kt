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
        val crumb = Cookie("session_id", sessions.open())
        crumb.isHttpOnly = true
        crumb.secure = true
        reply.addCookie(crumb)
        reply.addCookie(Cookie("theme", "dark"))
    }

    @PostMapping("/renew")
    fun renew(): String =
        ResponseCookie.from("access_token", sessions.open()).secure(true).httpOnly(true).sameSite("Lax").build().toString()
}
