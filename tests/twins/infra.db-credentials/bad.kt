package shop.store

import java.sql.Connection
import java.sql.DriverManager

fun open(): Connection =
    DriverManager.getConnection("jdbc:mysql://db.internal:3306/shop", "root", "root") // BAD
