package shop;

import java.sql.Connection;
import java.sql.PreparedStatement;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.*;

@RestController
public class Orders {
    private static final String COLUMNS = "id, state, total";
    private final Connection connection;
    private final JdbcTemplate template;

    @GetMapping("/orders/{id}")
    public Object find(@PathVariable long id, @RequestParam String state, @RequestParam boolean down) throws Exception {
        PreparedStatement statement = connection.prepareStatement("SELECT " + COLUMNS + " FROM orders WHERE state = ?");
        statement.setString(1, state);
        template.queryForList("SELECT id FROM orders WHERE owner = " + id + " ORDER BY total " + (down ? "DESC" : "ASC"));
        StringBuilder sql = new StringBuilder("SELECT id FROM orders WHERE 1 = 1");
        if (state != null) {
            sql.append(" AND state = ?");
        }
        template.queryForList(sql.toString(), state);
        return statement.executeQuery();
    }
}
