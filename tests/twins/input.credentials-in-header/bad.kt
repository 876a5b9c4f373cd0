package shop.web

import org.springframework.web.bind.annotation.GetMapping
import org.springframework.web.bind.annotation.RequestParam
import org.springframework.web.bind.annotation.RestController

@RestController
class OrderApi(private val tokens: Tokens) {
    @GetMapping("/orders") // BAD
    fun list(@RequestParam("access_token") proof: String): List<Order> = tokens.need(proof).orders()
}
