package shop.web

import org.springframework.web.bind.annotation.GetMapping
import org.springframework.web.bind.annotation.RequestParam
import org.springframework.web.bind.annotation.RestController
import org.springframework.web.client.RestTemplate
import java.net.URL

@RestController
class PreviewApi(private val rest: RestTemplate) {
    @GetMapping("/preview")
    fun preview(@RequestParam page: String): String? = rest.getForObject(page, String::class.java) // BAD

    @GetMapping("/raw")
    fun raw(@RequestParam page: String): String = URL(page).readText() // BAD
}
