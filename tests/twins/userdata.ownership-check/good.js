const express = require('express');
const mongoose = require('mongoose');
const requireAuth = require('./auth');
const Note = mongoose.model('Note', new mongoose.Schema({ text: String, owner: String }));
const router = express.Router();
router.get('/notes/:id', requireAuth, async (req, res) => {
  res.json(await Note.findOne({ _id: req.params.id, owner: req.user.id }));
});
module.exports = router;
