const express = require("express");
const mongoose = require("mongoose");

const memberSchema = new mongoose.Schema({ email: String, password: { type: String, required: true } });
const keySchema = new mongoose.Schema({ label: String, resetToken: { type: String, select: false } });
const Member = mongoose.model("Member", memberSchema);
const Key = mongoose.model("Key", keySchema);
const router = express.Router();

router.get("/members/:id", async (req, res) => {
  const member = await Member.findById(req.params.id).select("-password");
  res.json(member);
});

router.get("/keys", async (req, res) => {
  const keys = await Key.find({ owner: req.user.id });
  res.json(keys);
});

router.get("/me", async (req, res) => {
  const me = await Member.findById(req.user.id);
  res.json({ id: me.id, email: me.email });
});

module.exports = router;
