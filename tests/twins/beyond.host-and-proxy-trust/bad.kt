package shop.web

import jakarta.servlet.http.HttpServletRequest

class Mails(private val post: Post) {
    fun sendActivation(asked: HttpServletRequest, mail: String, token: String) {
        val link = "https://${asked.getHeader("Host")}/activate/$token" // BAD
        post.deliver(mail, link)
    }
}
