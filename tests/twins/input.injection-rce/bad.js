const express = require('express');
const { exec, spawn } = require('child_process');
const serialize = require('node-serialize');
const vm = require('vm');

const app = express();

app.get('/ping', (req, res) => {
  exec('ping -c 1 ' + req.query.host, (error, out) => res.send(out)); // BAD
  spawn('sh', ['-c', `dig ${req.query.host}`]); // BAD
});

app.post('/sum', (req, res) => {
  const { sum } = req.body;
  res.json([eval(sum), new Function('return ' + sum)(), vm.runInNewContext(sum)]); // BAD
});

app.post('/load', (req, res) => {
  res.json(serialize.unserialize(req.body.state)); // BAD
});

function pack(folder) {
  exec(`tar cf all.tar ${folder}`); // BAD
}
