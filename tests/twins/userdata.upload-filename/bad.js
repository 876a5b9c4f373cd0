const express = require('express');
const fs = require('fs');
const path = require('path');
const app = express();
app.get('/files', (req, res) => {
  res.send(fs.readFileSync(path.join('/srv/files', req.query.name))); // BAD
});
app.post('/upload', (req, res) => {
  fs.writeFileSync(`/srv/files/${req.files.avatar.originalname}`, req.files.avatar.data); // BAD
  res.end();
});
