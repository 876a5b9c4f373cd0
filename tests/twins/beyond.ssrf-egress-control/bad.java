package shop;

import java.net.URL;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class Preview {
    @GetMapping("/preview")
    byte[] preview(@RequestParam String url) throws Exception {
        return new URL(url).openStream().readAllBytes(); // BAD
    }
}
