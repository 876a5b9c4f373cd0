package shop.orders

import jakarta.persistence.Entity
import jakarta.persistence.Id
import java.util.UUID
import org.springframework.web.bind.annotation.GetMapping
import org.springframework.web.bind.annotation.PathVariable
import org.springframework.web.bind.annotation.RestController

@Entity
class Order(@Id var id: UUID, var total: Int)

@RestController
class OrderApi(private val orders: Orders) {
    @GetMapping("/orders/{id}")
    fun show(@PathVariable id: UUID): Order = orders.need(id)
}
