const express = require('express');
const Order = require('./order');
const app = express();
app.get('/orders', async (req, res) => {
  res.json(await Order.find().limit(Math.min(Number(req.query.limit) || 20, 100)));
});
