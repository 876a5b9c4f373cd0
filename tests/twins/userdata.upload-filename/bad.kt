package shop.files

import java.io.File
import org.springframework.web.bind.annotation.GetMapping
import org.springframework.web.bind.annotation.RequestParam
import org.springframework.web.bind.annotation.RestController

@RestController
class FileApi {
    @GetMapping("/files")
    fun read(@RequestParam name: String): String = File("/var/shop/$name").readText() // BAD
}
