package shop;

import java.io.ByteArrayInputStream;
import java.io.ObjectInputStream;
import javax.servlet.http.HttpServletRequest;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.web.bind.annotation.*;

@RestController
public class Tools {
    @PostMapping("/ping")
    public void ping(@RequestParam String host) throws Exception {
        Runtime.getRuntime().exec("ping -c 1 " + host); // BAD
        new ProcessBuilder("sh", "-c", "dig " + host).start(); // BAD
    }

    @PostMapping("/load")
    public Object load(@RequestBody byte[] body, HttpServletRequest request) throws Exception {
        ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(body));
        Object kept = in.readObject(); // BAD
        SpelExpressionParser parser = new SpelExpressionParser();
        return parser.parseExpression(request.getParameter("sum")).getValue(); // BAD
    }
}
