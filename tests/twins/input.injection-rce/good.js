const express = require('express');
const { exec, execFile, spawn } = require('child_process');

const app = express();
const pattern = /^(\d+)\s*\+\s*(\d+)$/;

app.get('/ping', (req, res) => {
  execFile('ping', ['-c', '1', req.query.host], (error, out) => res.send(out));
  spawn('dig', [req.query.host]);
  exec('uptime', (error, out) => res.send(out));
  const found = pattern.exec(req.query.sum);
  const times = Number(req.query.times);
  exec(`ping -c ${times} localhost`);
  res.json(JSON.parse(req.body.state || '{}'));
});

app.get('/show', (req, res) => {
  const host = req.query.host;
  if (!/^[a-z0-9.]+$/.test(host)) {
    return res.status(400).end();
  }
  exec('host ' + host, (error, out) => res.send(out));
});
