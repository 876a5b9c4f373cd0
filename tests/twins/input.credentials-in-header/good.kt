package shop.web

import org.springframework.web.bind.annotation.GetMapping
import org.springframework.web.bind.annotation.RequestHeader
import org.springframework.web.bind.annotation.RestController

@RestController
class OrderApi(private val tokens: Tokens) {
    @GetMapping("/orders")
    fun list(@RequestHeader("Authorization") proof: String): List<Order> = tokens.need(proof).orders()
}
