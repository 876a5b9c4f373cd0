const express = require("express");
const mongoose = require("mongoose");

const memberSchema = new mongoose.Schema({ email: String, password: { type: String, required: true } });
const Member = mongoose.model("Member", memberSchema);
const router = express.Router();

router.get("/members/:id", async (req, res) => {
  const member = await Member.findById(req.params.id);
  res.json({ data: member }); // BAD
});

router.get("/members", (req, res) => {
  Member.find().then((members) => res.json(members)); // BAD
});

router.get("/me", async (req, res) => {
  const me = await load(req.user.id);
  res.json({ id: me.id, password: me.password }); // BAD
});

module.exports = router;
