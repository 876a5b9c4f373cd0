const express = require('express');
const errorhandler = require('errorhandler');

const app = express();
app.get('/', (req, res) => res.send('ok'));
app.use(errorhandler()); // BAD
app.use((err, req, res, next) => {
  res.status(500).json({ error: err.message, stack: err.stack }); // BAD
});
