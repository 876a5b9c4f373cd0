const express = require("express");
const app = express();
app.use(express.urlencoded({ extended: false }));

app.post("/enter", (req, res) => {
  const { person } = req.body;
  console.log("nobody is called", person); // BAD
  console.warn(`tried ${req.body.person} and failed`); // BAD
  res.sendStatus(401);
});

app.get("/raw", (req, res) => {
  req.socket.write("HTTP/1.1 302 Found\r\nLocation: " + req.query.to + "\r\n\r\n"); // BAD
  req.socket.end();
});
