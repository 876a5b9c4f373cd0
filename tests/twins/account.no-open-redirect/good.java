package shop.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

class Out {
    void go(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.sendRedirect("/orders?from=" + request.getParameter("from"));
    }
}
