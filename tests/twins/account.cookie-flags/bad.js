const express = require("express");
const session = require("express-session");

const app = express();
app.use(session({ secret: process.env.SESSION_KEY, cookie: { httpOnly: false } })); // BAD

app.post("/login", (req, res) => {
  res.cookie("auth_token", req.token); // BAD
  res.cookie("lang", "en");
  res.json({ ok: true });
});
