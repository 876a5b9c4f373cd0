import java.io.IOException;
import java.io.PrintWriter;
import java.net.Socket;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

public class Entrance extends HttpServlet {
    private static final Logger log = LoggerFactory.getLogger(Entrance.class);

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String person = request.getParameter("person");
        log.warn("nobody is called {}", person); // BAD
        log.info("tried " + request.getParameter("person")); // BAD
        response.sendError(401);
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String to = request.getParameter("to");
        try (Socket socket = new Socket("127.0.0.1", 9000)) {
            PrintWriter out = new PrintWriter(socket.getOutputStream());
            out.print("HTTP/1.1 302 Found\r\nLocation: " + to + "\r\n\r\n"); // BAD
        }
    }
}
