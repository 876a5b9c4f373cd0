package shop.web

import jakarta.servlet.http.HttpServletRequest

class Mails(private val post: Post, private val home: String) {
    fun sendActivation(asked: HttpServletRequest, mail: String, token: String) {
        val link = "$home/activate/$token"
        post.deliver(mail, link)
    }
}
