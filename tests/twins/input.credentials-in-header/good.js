const express = require('express');

const app = express();
app.get('/orders', (req, res) => {
  const key = req.headers.authorization;
  const { page_token: page } = req.query;
  res.json(find(key, page, req.get('authorization')));
});
app.post('/login', (req, res) => {
  res.json(check(req.body.user, req.body.password));
});
