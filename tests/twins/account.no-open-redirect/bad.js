const express = require("express");
const app = express();

app.get("/out", (req, res) => {
  res.redirect(req.query.url); // BAD
});

app.get("/moved", (req, res) => {
  const target = req.body.target;
  res.redirect(301, target); // BAD
});
