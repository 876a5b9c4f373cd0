const express = require('express');
const app = express();
app.set('trust proxy', true); // BAD
app.post('/forgot', (req, res) => {
  const resetLink = `https://${req.headers.host}/reset/abc`; // BAD
  res.json({ sent: Boolean(resetLink) });
});
