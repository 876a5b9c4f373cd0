const axios = require('axios');
const express = require('express');
const app = express();
app.get('/preview', async (req, res) => {
  const page = await axios.get(req.query.url); // BAD
  res.send(page.data);
});
app.post('/hook', async (req, res) => {
  await fetch(`http://${req.body.host}/ping`); // BAD
  res.end();
});
