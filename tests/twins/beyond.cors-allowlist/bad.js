const express = require('express');
const cors = require('cors');
const app = express();
app.use(cors({ origin: true, credentials: true })); // BAD
app.use('/v2', cors({ origin: (origin, cb) => cb(null, true), credentials: true })); // BAD
app.use((req, res, next) => {
  res.setHeader('Access-Control-Allow-Origin', req.headers.origin); // BAD
  res.setHeader('Access-Control-Allow-Credentials', 'true');
  next();
});
