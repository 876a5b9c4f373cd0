package shop.store;

import java.sql.*;

class Store {
    Connection open() throws SQLException {
        return DriverManager.getConnection(System.getenv("DB_URL"), "shop", System.getenv("DB_PASSWORD"));
    }
}
