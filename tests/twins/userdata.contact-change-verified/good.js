const express = require("express");
const { requireUser } = require("./guards");
const { User } = require("./models");
const { sendVerification } = require("./mail");

const app = express();

app.put("/me", requireUser, async (req, res) => {
  const user = await User.findById(req.userId);
  user.nextEmail = req.body.email;
  await sendVerification(user);
  await user.save();
  res.status(204).end();
});

app.patch("/me/name", requireUser, async (req, res) => {
  await User.updateOne({ _id: req.userId }, { $set: { name: req.body.name } });
  res.status(204).end();
});

app.listen(3000);
