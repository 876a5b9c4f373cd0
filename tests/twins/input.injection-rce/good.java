package shop;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.web.bind.annotation.*;

@RestController
public class Tools {
    @PostMapping("/ping")
    public void ping(@RequestParam String host, @RequestParam int times) throws Exception {
        new ProcessBuilder("ping", "-c", "1", host).start();
        new ProcessBuilder("sh", "-c", "uptime | cut -c 1-9").start();
        Runtime.getRuntime().exec("ping localhost -c " + times);
    }

    @PostMapping("/load")
    public Object load(@RequestBody byte[] body) throws Exception {
        Object kept = new ObjectMapper().readValue(body, Order.class);
        return new SpelExpressionParser().parseExpression("total * 2").getValue(kept);
    }
}
