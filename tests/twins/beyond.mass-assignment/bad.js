const express = require('express');
const User = require('./models/user');
const app = express();
app.post('/users', async (req, res) => {
  const user = await User.create(req.body); // BAD
  res.json({ id: user.id });
});
app.put('/users/:id', async (req, res) => {
  const user = await User.findById(req.params.id);
  Object.assign(user, req.body); // BAD
  await user.save();
  res.end();
});
app.patch('/users/:id', async (req, res) => {
  await User.findByIdAndUpdate(req.params.id, req.body); // BAD
  res.end();
});
