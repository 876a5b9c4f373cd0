const express = require('express');
const app = express();
app.set('trust proxy', 'loopback');
app.set('trust proxy', 1);
app.post('/forgot', (req, res) => {
  const resetLink = `${process.env.PUBLIC_URL}/reset/abc`;
  res.json({ sent: Boolean(resetLink) });
});
