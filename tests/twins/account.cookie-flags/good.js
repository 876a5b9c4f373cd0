const express = require("express");
const session = require("express-session");

const app = express();
const flags = { httpOnly: true, secure: true, sameSite: "lax" };
app.use(session({ secret: process.env.SESSION_KEY, cookie: { secure: process.env.NODE_ENV === "production" } }));

app.post("/login", (req, res) => {
  res.cookie("auth_token", req.token, { httpOnly: true, secure: true, sameSite: "strict" });
  res.cookie("refresh", req.refresh, flags);
  res.cookie("lang", "en");
  res.json({ ok: true });
});

app.post("/logout", (req, res) => {
  res.cookie("auth_token", "", { maxAge: 0 });
  res.clearCookie("auth_token");
  res.end();
});
