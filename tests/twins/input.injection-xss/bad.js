const express = require('express');

const app = express();
app.get('/hello', (req, res) => {
  res.send(`<h1>Hello ${req.query.name}</h1>`); // BAD
});
app.get('/echo/:text', (req, res) => res.send(req.params.text)); // BAD

function show() {
  const name = new URLSearchParams(window.location.search).get('name');
  document.getElementById('name').innerHTML = 'Hello ' + name; // BAD
}
