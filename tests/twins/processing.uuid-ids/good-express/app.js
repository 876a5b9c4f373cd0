const express = require('express');

const app = express();
app.get('/orders/:id', (req, res) => {
  res.json(load(req.params.id));
});
