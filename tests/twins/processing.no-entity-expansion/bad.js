const express = require('express');
const yaml = require('js-yaml');
const zlib = require('zlib');

const app = express();
app.post('/import', (req, res) => {
  const given = yaml.load(req.body.text); // BAD
  const raw = zlib.gunzipSync(req.body); // BAD
  res.json({ given, raw });
});
