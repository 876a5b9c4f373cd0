package shop.web

import javax.servlet.http.HttpServlet
import javax.servlet.http.HttpServletRequest
import javax.servlet.http.HttpServletResponse
import org.springframework.web.util.HtmlUtils

class Greeting : HttpServlet() {
    override fun doGet(asked: HttpServletRequest, reply: HttpServletResponse) {
        val name = HtmlUtils.htmlEscape(asked.getParameter("name"))
        reply.contentType = "text/html"
        reply.writer.println("<h1>Good day, $name</h1>")
    }
}
