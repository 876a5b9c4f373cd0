const express = require('express');
const mongoose = require('mongoose');
const requireAuth = require('./auth');
const Note = mongoose.model('Note', new mongoose.Schema({ text: String, owner: String }));
const router = express.Router();
router.get('/notes/:id', requireAuth, async (req, res) => {
  res.json(await Note.findById(req.params.id)); // BAD
});
module.exports = router;
