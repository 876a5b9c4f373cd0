package shop;

import org.springframework.web.bind.annotation.*;

@RestController
public class Orders {
    @GetMapping("/orders") // BAD
    public Object find(@RequestParam String apiKey) {
        return repository.find(apiKey);
    }
}
