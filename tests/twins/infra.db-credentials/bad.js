const mysql = require("mysql2");

const pool = mysql.createPool({ // BAD
  host: "db.internal",
  user: "root",
  password: "",
  database: "shop",
});

module.exports = pool;

const stages = {
  live: {
    address: "postgres://postgres:postgres@db.internal/shop", // BAD
  },
};

let chosen = null;
chosen = stages;
