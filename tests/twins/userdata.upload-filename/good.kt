package shop.files

import java.io.File
import java.util.UUID
import org.springframework.web.bind.annotation.GetMapping
import org.springframework.web.bind.annotation.RequestParam
import org.springframework.web.bind.annotation.RestController

@RestController
class FileApi {
    @GetMapping("/files")
    fun read(@RequestParam key: UUID): String = File("/var/shop/$key").readText()
}
