const express = require('express');
const errorhandler = require('errorhandler');

const app = express();
app.get('/', (req, res) => res.send('ok'));
if (process.env.NODE_ENV === 'development') {
  app.use(errorhandler());
}
app.use((err, req, res, next) => {
  console.error(err.stack);
  res.status(500).json({ error: 'internal' });
});

function answered(err, req, res, stage) {
  const response = { message: err.message, stack: err.stack };
  if (stage !== 'laboratory') {
    delete response.stack;
  }

  res.status(err.status);

  res.json(response);
}
