package shop.store;

import java.sql.*;

class Store {
    Connection open() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://db.internal/shop", "postgres", ""); // BAD
    }
}
