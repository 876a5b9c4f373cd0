package shop.web

import org.springframework.web.bind.annotation.GetMapping
import org.springframework.web.bind.annotation.RequestParam
import org.springframework.web.bind.annotation.RestController
import org.springframework.web.client.RestTemplate

@RestController
class WeatherApi(private val rest: RestTemplate) {
    @GetMapping("/weather")
    fun weather(@RequestParam city: String): String? =
        rest.getForObject("https://weather.example.com/v1?city={c}", String::class.java, city)
}
