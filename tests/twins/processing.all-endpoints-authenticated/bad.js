const express = require('express');
const { requireUser } = require('./users');

const app = express();
app.use(express.json());
app.get('/orders', requireUser, (req, res) => res.json(list(req.user)));
app.get('/orders/:id', requireUser, (req, res) => res.json(load(req.params.id, req.user)));
app.post('/orders', requireUser, (req, res) => res.json(place(req.user)));
app.delete('/orders/:id', (req, res) => res.json(remove(req.params.id))); // BAD
app.post('/login', (req, res) => res.json(enter(req.body)));
app.listen(3000);
