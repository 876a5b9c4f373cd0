package shop;

import jakarta.persistence.*;
import org.springframework.web.bind.annotation.*;

@Entity
class Order {
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    private Long id;
}

@RestController
@RequestMapping("/orders")
class Orders {
    @GetMapping("/{id}") // BAD
    Order find(@PathVariable Long id) {
        return repository.find(id);
    }
}
