const express = require('express');
const escape = require('escape-html');
const DOMPurify = require('dompurify');

const app = express();
app.get('/hello', (req, res) => {
  res.send(`<h1>Hello ${escape(req.query.name)}</h1>`);
  res.json({ name: req.query.name });
  res.render('hello', { name: req.query.name });
});

function show() {
  const name = new URLSearchParams(window.location.search).get('name');
  document.getElementById('name').textContent = name;
  document.getElementById('name').innerHTML = DOMPurify.sanitize(name);
  document.getElementById('list').innerHTML = '';
}
