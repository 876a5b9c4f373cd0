const mysql = require("mysql2");

const pool = mysql.createPool({
  host: "db.internal",
  user: "shop",
  password: process.env.DB_PASSWORD,
});

module.exports = pool;
