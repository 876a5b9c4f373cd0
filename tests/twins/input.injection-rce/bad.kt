package shop

import org.springframework.web.bind.annotation.*

@RestController
class Tools {
    @PostMapping("/ping")
    fun ping(@RequestParam host: String) {
        Runtime.getRuntime().exec("ping -c 1 $host") // BAD
    }
}
