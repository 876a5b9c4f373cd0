import java.io.IOException;
import java.net.URI;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

public class Card extends HttpServlet {
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String site = request.getParameter("site");
        if (!"https".equals(URI.create(site).getScheme())) {
            response.sendError(400);
            return;
        }
        response.getWriter().println("<a href=\"" + site + "\">home page</a>");
    }
}
