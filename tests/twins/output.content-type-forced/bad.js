const express = require("express");
const { table } = require("./exports");

const app = express();

app.get("/export", (req, res) => {
  res.setHeader("Content-Type", req.query.type); // BAD
  res.end(table());
});

app.listen(3000);
