const express = require('express');
const _ = require('lodash');
const User = require('./models/user');
const app = express();
app.post('/users', async (req, res) => {
  const user = await User.create({ name: req.body.name, city: req.body.city });
  res.json({ id: user.id });
});
app.put('/users/:id', async (req, res) => {
  const { name, city } = req.body;
  const user = await User.findById(req.params.id);
  Object.assign(user, { name, city });
  await user.save();
  res.end();
});
app.patch('/users/:id', async (req, res) => {
  await User.findByIdAndUpdate(req.params.id, _.pick(req.body, ['name', 'city']));
  res.end();
});
