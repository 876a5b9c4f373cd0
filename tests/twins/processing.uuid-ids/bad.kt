package shop.orders

import jakarta.persistence.Entity
import jakarta.persistence.GeneratedValue
import jakarta.persistence.Id
import org.springframework.web.bind.annotation.GetMapping
import org.springframework.web.bind.annotation.PathVariable
import org.springframework.web.bind.annotation.RestController

@Entity
class Order(@Id @GeneratedValue var id: Long, var total: Int)

@RestController
class OrderApi(private val orders: Orders) {
    @GetMapping("/orders/{id}") // BAD
    fun show(@PathVariable id: Long): Order = orders.need(id)
}
