const express = require('express');

const app = express();
app.get('/orders/:id', (req, res) => { // BAD
  res.json(load(parseInt(req.params.id, 10)));
});
