const crypto = require("crypto");
const express = require("express");

const app = express();

app.post("/webhook", express.raw({ type: "*/*" }), (req, res) => {
  const signature = Buffer.from(req.get("x-signature") || "", "hex");
  const expected = crypto.createHmac("sha256", process.env.KEY).update(req.body).digest();
  if (signature.length !== expected.length || !crypto.timingSafeEqual(signature, expected)) {
    return res.status(401).end();
  }
  res.status(204).end();
});

app.listen(3000);
