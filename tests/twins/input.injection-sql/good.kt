package shop

import java.sql.Connection
import org.springframework.web.bind.annotation.*

@RestController
class Orders(private val connection: Connection) {
    @GetMapping("/orders")
    fun find(@RequestParam state: String, @RequestParam owner: Long): Any {
        connection.createStatement().executeQuery("SELECT * FROM orders WHERE owner = $owner")
        val statement = connection.prepareStatement("SELECT * FROM orders WHERE state = ?")
        statement.setString(1, state)
        return statement.executeQuery()
    }
}
