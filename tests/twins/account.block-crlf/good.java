import java.io.IOException;
import javax.servlet.http.Cookie;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

public class Entrance extends HttpServlet {
    private static final Logger log = LoggerFactory.getLogger(Entrance.class);

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String person = request.getParameter("person").replaceAll("[\r\n]", "_");
        int times = Integer.parseInt(request.getParameter("times"));
        log.warn("nobody is called {}", person);
        log.info("tried {} times", times);
        response.setHeader("X-Person", request.getParameter("person"));
        response.addCookie(new Cookie("person", request.getParameter("person")));
    }
}
