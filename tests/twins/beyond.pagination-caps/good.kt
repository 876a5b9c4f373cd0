package shop.web

import org.springframework.data.domain.PageRequest
import org.springframework.web.bind.annotation.GetMapping
import org.springframework.web.bind.annotation.RequestParam
import org.springframework.web.bind.annotation.RestController

@RestController
class OrderApi(private val orders: Orders) {
    @GetMapping("/orders")
    fun list(@RequestParam page: Int, @RequestParam pageSize: Int) =
        orders.findAll(PageRequest.of(page, pageSize.coerceIn(1, 100)))
}
