package shop;

import java.sql.Connection;
import java.sql.Statement;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.*;

@RestController
public class Orders {
    private final Connection connection;
    private final JdbcTemplate template;

    @GetMapping("/orders")
    public Object find(@RequestParam String state) throws Exception {
        Statement statement = connection.createStatement();
        String query = "SELECT * FROM orders WHERE state = '" + state + "'";
        return statement.executeQuery(query); // BAD
    }

    public Object ofCustomer(String name) {
        StringBuilder sql = new StringBuilder("SELECT id FROM orders WHERE 1 = 1");
        if (name != null) {
            sql.append(" AND customer = '").append(name).append("'");
        }
        return template.queryForList(sql.toString()); // BAD
    }

    public Object formatted(String name) {
        return template.queryForList(String.format("SELECT id FROM orders WHERE customer = '%s'", name)); // BAD
    }
}
