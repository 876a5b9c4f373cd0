package shop;

import jakarta.persistence.*;
import java.util.UUID;
import org.springframework.web.bind.annotation.*;

@Entity
class Order {
    @Id
    @GeneratedValue
    private UUID id;
}

@RestController
@RequestMapping("/orders")
class Orders {
    @GetMapping("/{id}")
    Order find(@PathVariable UUID id) {
        return repository.find(id);
    }
}
