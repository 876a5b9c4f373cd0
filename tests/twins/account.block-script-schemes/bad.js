const express = require('express');
const escape = require('escape-html');
const app = express();

app.get('/card', (req, res) => {
  res.send('<a href="' + req.query.site + '">home page</a>'); // BAD
});

app.get('/frame', (req, res) => {
  res.send(`<iframe src="${req.query.page}"></iframe>`); // BAD
});
