const express = require('express');
const escape = require('escape-string-regexp');
const app = express();
app.get('/search', (req, res) => {
  const found = new RegExp(escape(req.query.word)).test('text');
  res.json({ found });
});
const slug = new RegExp('^[a-z]+(-[a-z]+)*$');
module.exports = { app, slug };
