const express = require('express');
const cors = require('cors');
const allowed = new Set(['https://shop.example']);
const app = express();
app.use(cors());
app.use(cors({ origin: 'https://shop.example', credentials: true }));
app.use(cors({ origin: (origin, cb) => { if (allowed.has(origin)) cb(null, true); else cb(new Error('no')); }, credentials: true }));
app.use((req, res, next) => {
  res.setHeader('Access-Control-Allow-Origin', 'https://shop.example');
  next();
});
