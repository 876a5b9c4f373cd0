package shop;

import javax.servlet.http.HttpServletResponse;

class Errors {
    void handle(Exception error, HttpServletResponse response) throws Exception {
        error.printStackTrace(response.getWriter()); // BAD
    }
}
