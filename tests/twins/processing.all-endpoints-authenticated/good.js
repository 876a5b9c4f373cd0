const express = require('express');
const { requireUser } = require('./users');

const app = express();
app.use(express.json());
app.post('/login', (req, res) => res.json(enter(req.body)));
app.get('/status/:part', (req, res) => res.json(1));
app.use('/orders', requireUser);
app.get('/orders', (req, res) => res.json(list(req.user)));
app.get('/orders/:id', (req, res) => res.json(load(req.params.id, req.user)));
app.post('/orders', (req, res) => res.json(place(req.user)));
app.delete('/orders/:id', (req, res) => res.json(remove(req.params.id)));
app.listen(3000);
