package shop.web;

import jakarta.validation.constraints.Max;
import java.util.List;
import org.springframework.data.domain.PageRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class OrderApi {
    private final Orders orders;

    OrderApi(Orders orders) {
        this.orders = orders;
    }

    @GetMapping("/orders")
    List<Order> list(@RequestParam int page, @RequestParam int size) {
        return orders.findAll(PageRequest.of(page, Math.min(size, 100))).getContent();
    }

    @GetMapping("/bills")
    List<Bill> bills(@RequestParam int page, @RequestParam @Max(200) int size) {
        return orders.bills(PageRequest.of(page, size));
    }
}
