package shop.bills;

import jakarta.persistence.Entity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@Entity
class Bill {
    private String id;
    private String ownerId = "";
}

@RestController
class BillApi {
    private final Bills bills;

    @PreAuthorize("isAuthenticated()")
    @GetMapping("/bills/{id}")
    Bill show(@PathVariable String id) {
        Bill found = bills.findById(id).orElseThrow(); // BAD
        return found;
    }
}
