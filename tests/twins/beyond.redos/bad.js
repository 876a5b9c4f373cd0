const express = require('express');
const app = express();
app.get('/search', (req, res) => {
  const found = new RegExp(req.query.pattern).test('text'); // BAD
  res.json({ found });
});
const slug = new RegExp('^(([a-z])+.)+$'); // BAD
module.exports = { app, slug };
