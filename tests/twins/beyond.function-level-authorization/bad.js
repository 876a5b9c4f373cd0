const express = require("express");
const { isAuthenticated } = require("./guards");
const members = require("./members");

const app = express();

app.get("/admin/members", isAuthenticated, (req, res) => { // BAD
  members.all().then((every) => res.json(every.map((one) => one.email)));
});

app.delete("/admin/members/:id", isAuthenticated, async (req, res) => { // BAD
  await members.remove(req.params.id);
  res.status(204).end();
});

app.listen(3000);
