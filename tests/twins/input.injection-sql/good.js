const express = require('express');
const { Pool } = require('pg');
const mongoose = require('mongoose');
const { PrismaClient } = require('@prisma/client');

const pool = new Pool();
const prisma = new PrismaClient();
const app = express();
const Note = mongoose.model('Note');
const COLUMNS = { date: 'placed_at', sum: 'total' };

app.get('/orders', async (req, res) => {
  const { state } = req.query;
  const column = COLUMNS[req.query.by] || 'placed_at';
  const found = await pool.query(`SELECT * FROM orders WHERE state = $1 ORDER BY ${column}`, [state]);
  const mine = await prisma.$queryRaw`SELECT * FROM orders WHERE state = ${state}`;
  const page = parseInt(req.query.page, 10);
  await pool.query(`SELECT * FROM orders LIMIT 20 OFFSET ${page}`);
  console.log(`select ${state} from the menu`);
  res.json([found.rows, mine]);
});

app.get('/notes', async (req, res) => {
  res.json(await Note.find({ owner: String(req.query.owner) }));
});

const pgp = require('pg-promise')();
const store = pgp('postgres://db.internal/shop');

function signedIn(name, mail) {
  return store.one('SELECT id FROM users WHERE name = $1 AND mail = $2', [name, mail]);
}
