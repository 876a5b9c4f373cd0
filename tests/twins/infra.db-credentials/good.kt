package shop.store

import java.sql.Connection
import java.sql.DriverManager

fun open(): Connection =
    DriverManager.getConnection(System.getenv("DB_URL"), System.getenv("DB_USER"), System.getenv("DB_PASSWORD"))
