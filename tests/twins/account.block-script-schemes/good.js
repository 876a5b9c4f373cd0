const express = require('express');
const app = express();

app.get('/card', (req, res) => {
  const site = new URL(req.query.site);
  if (!['http:', 'https:'].includes(site.protocol)) return res.sendStatus(400);
  res.send('<a href="' + req.query.site + '">home page</a>');
});

app.get('/search', (req, res) => {
  res.send(`<a href="/find?words=${encodeURIComponent(req.query.words)}">again</a>`);
});
