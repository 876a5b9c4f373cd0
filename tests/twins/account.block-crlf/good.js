const express = require("express");
const app = express();
app.use(express.urlencoded({ extended: false }));

app.post("/enter", (req, res) => {
  console.log("nobody is called", JSON.stringify(req.body.person));
  console.log("all of it", req.body);
  console.log("tried", Number(req.body.times), "times");
  res.set("X-Person", req.body.person);
  res.cookie("person", req.body.person);
  res.sendStatus(401);
});

app.post("/leave", (req, res) => {
  const person = String(req.body.person).replace(/[\r\n]+/g, " ");
  console.info("left: " + person);
  res.sendStatus(204);
});
