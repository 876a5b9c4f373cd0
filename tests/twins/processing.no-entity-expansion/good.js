const express = require('express');
const fs = require('fs');
const jsyaml = require('js-yaml');
const YAML = require('yaml');
const zlib = require('zlib');

const settings = jsyaml.load(fs.readFileSync('settings.yaml', 'utf8'));
const app = express();
app.post('/import', (req, res) => {
  const given = YAML.parse(req.body.text);
  const raw = zlib.gunzipSync(req.body, { maxOutputLength: 65536 });
  res.json({ given, raw, settings });
});
