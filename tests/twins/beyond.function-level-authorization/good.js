const express = require("express");
const { isAuthenticated, requireRole } = require("./guards");
const members = require("./members");

const app = express();

app.get("/admin/members", isAuthenticated, requireRole("admin"), (req, res) => {
  members.all().then((every) => res.json(every.map((one) => one.email)));
});

app.delete("/admin/members/:id", isAuthenticated, async (req, res) => {
  if (req.user.role !== "admin") {
    return res.status(403).end();
  }
  await members.remove(req.params.id);
  res.status(204).end();
});

app.get("/members/me", isAuthenticated, (req, res) => res.json({ id: req.user.id }));

app.listen(3000);
