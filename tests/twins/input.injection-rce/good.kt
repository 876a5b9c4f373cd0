package shop

import org.springframework.web.bind.annotation.*

@RestController
class Tools {
    @PostMapping("/ping")
    fun ping(@RequestParam host: String) {
        ProcessBuilder("ping", "-c", "1", host).start()
        Runtime.getRuntime().exec("uptime")
    }
}
