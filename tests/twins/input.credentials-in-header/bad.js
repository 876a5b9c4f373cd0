const express = require('express');

const app = express();
app.get('/orders', (req, res) => {
  const { api_key: key, page } = req.query; // BAD
  res.json(find(key, page));
});
app.get('/login', (req, res) => {
  res.json(check(req.query.user, req.query.password)); // BAD
});
