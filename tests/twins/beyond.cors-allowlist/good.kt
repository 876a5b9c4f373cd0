package shop.web

import org.springframework.web.servlet.config.annotation.CorsRegistry
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer
import io.ktor.server.application.Application
import io.ktor.server.application.install
import io.ktor.server.plugins.cors.routing.CORS

class Origins : WebMvcConfigurer {
    override fun addCorsMappings(registry: CorsRegistry) {
        registry.addMapping("/api/**")
            .allowedOriginPatterns("https://*.shop.example.com")
            .allowCredentials(true)
    }
}

fun Application.origins() {
    install(CORS) {
        allowHost("shop.example.com", schemes = listOf("https"))
        allowCredentials = true
    }
}
