const express = require('express');
const { Pool } = require('pg');
const mongoose = require('mongoose');

const pool = new Pool();
const app = express();
const Note = mongoose.model('Note');

app.get('/orders', async (req, res) => {
  const { state } = req.query;
  const found = await pool.query(`SELECT * FROM orders WHERE state = '${state}'`); // BAD
  res.json(found.rows);
});

app.get('/notes', async (req, res) => {
  res.json(await Note.find({ $where: `this.owner == '${req.query.owner}'` })); // BAD
});

app.post('/notes/search', async (req, res) => {
  res.json(await Note.find(req.body)); // BAD
});

async function byCustomer(name) {
  return pool.query("SELECT id FROM orders WHERE customer = '" + name + "'"); // BAD
}

const pgp = require('pg-promise')();
const store = pgp('postgres://db.internal/shop');

function signedIn(name, mail) {
  const wanted = "SELECT id FROM users WHERE name = '" + name + "' AND mail = '" + mail + "'";
  return store.one(wanted); // BAD
}
