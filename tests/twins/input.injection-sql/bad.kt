package shop

import java.sql.Connection
import org.springframework.web.bind.annotation.*

@RestController
class Orders(private val connection: Connection) {
    @GetMapping("/orders")
    fun find(@RequestParam state: String): Any {
        val statement = connection.createStatement()
        return statement.executeQuery("SELECT * FROM orders WHERE state = '$state'") // BAD
    }
}
