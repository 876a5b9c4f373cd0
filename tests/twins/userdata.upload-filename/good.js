const crypto = require('crypto');
const express = require('express');
const fs = require('fs');
const path = require('path');
const app = express();
app.get('/files', (req, res) => {
  res.send(fs.readFileSync(path.join('/srv/files', path.basename(req.query.name))));
});
app.post('/upload', (req, res) => {
  const stored = crypto.randomUUID();
  fs.writeFileSync(`/srv/files/${stored}`, req.files.avatar.data);
  res.json({ stored });
});
