const express = require("express");
const { requireUser } = require("./guards");
const { User } = require("./models");

const app = express();

app.put("/me", requireUser, async (req, res) => {
  const user = await User.findById(req.userId);
  user.email = req.body.email; // BAD
  await user.save();
  res.status(204).end();
});

app.patch("/me/phone", requireUser, async (req, res) => {
  await User.updateOne({ _id: req.userId }, { $set: { phone: req.body.phone } }); // BAD
  res.status(204).end();
});

app.listen(3000);
