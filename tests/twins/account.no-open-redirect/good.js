const express = require("express");
const app = express();
const PLACES = new Set(["/orders", "/basket"]);

app.get("/out", (req, res) => {
  const target = req.query.url;
  if (!PLACES.has(target) || !isAllowed(target)) return res.redirect("/");
  res.redirect(target);
});

app.get("/orders/:id", (req, res) => {
  res.redirect(`/shop/orders/${req.params.id}`);
});
