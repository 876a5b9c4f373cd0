package shop;

import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.springframework.web.bind.annotation.*;
import org.springframework.web.util.HtmlUtils;

@RestController
public class Pages {
    public void doGet(HttpServletRequest request, HttpServletResponse response) throws Exception {
        String name = HtmlUtils.htmlEscape(request.getParameter("name"));
        response.getWriter().println("<h1>Hello " + name + "</h1>");
    }

    @GetMapping("/hello")
    public Greeting hello(@RequestParam String name) {
        return new Greeting("<" + name + ">");
    }
}
