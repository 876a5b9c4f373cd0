const crypto = require("crypto");
const express = require("express");

const app = express();

app.post("/webhook", express.raw({ type: "*/*" }), (req, res) => {
  const signature = req.get("x-signature");
  const expected = crypto.createHmac("sha256", process.env.KEY).update(req.body).digest("hex");
  if (signature !== expected) { // BAD
    return res.status(401).end();
  }
  res.status(204).end();
});

app.listen(3000);
