const mysql = require("mysql2");

const pool = mysql.createPool({ // BAD
  host: "db.internal",
  user: "root",
  password: "",
  database: "shop",
});

module.exports = pool;
