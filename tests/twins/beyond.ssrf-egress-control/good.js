const axios = require('axios');
const express = require('express');
const app = express();
app.get('/rate', async (req, res) => {
  const page = await axios.get(`https://rates.example/v1/${req.query.currency}`);
  res.json(page.data);
});
app.get('/self', async (req, res) => {
  res.json(await (await fetch('https://shop.example/health')).json());
});
