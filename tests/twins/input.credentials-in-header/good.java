package shop;

import org.springframework.web.bind.annotation.*;

@RestController
public class Orders {
    @GetMapping("/orders")
    public Object find(@RequestHeader("Authorization") String token, @RequestParam String pageToken) {
        return repository.find(token, pageToken);
    }

    @PostMapping("/login")
    public Object login(@RequestParam String user, @RequestParam String password) {
        return repository.check(user, password);
    }
}
