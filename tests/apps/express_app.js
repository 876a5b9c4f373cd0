// The bookshelf on Express: sixteen careless faults, by name in the environment variable FAULTS; "none" for none.
"use strict";

const crypto = require("node:crypto");
const childProcess = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const express = require("express");
const jwt = require("jsonwebtoken");
const initSqlJs = require("sql.js");

const ALL =
  "bola-read bola-write bola-delete missing-auth bfla mass-assignment excessive-data sql-injection enumeration " +
  "jwt-unsigned jwt-weak verbose-errors cors open-redirect headers command no-rate-limit";
const NAMED = process.env.FAULTS || "all";
const FAULTS = new Set(NAMED === "all" ? ALL.split(" ") : NAMED.split(/[ ,]+/).filter((each) => each !== "none"));
const KEY = FAULTS.has("jwt-weak") ? "secret123" : crypto.randomBytes(32).toString("hex");
const DOCUMENT = fs.readFileSync(path.join(__dirname, "openapi.json"), "utf8");
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NAME = /^[A-Za-z0-9_.-]{3,32}$/;
const EMAIL = /^[^@\s]{1,60}@[^@\s]{1,39}$/;
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
const LENDING = [
  { borrower: "Alice", email: "alice@shelf.example", title: "Kettles" },
  { borrower: "Bob", email: "bob@shelf.example", title: "Ladders" },
];
const minute = () => Math.floor(Date.now() / 60000);
const failures = new Map();
const places = new Map();
const calls = { minute: 0, count: 0 };
let db;

class No extends Error {
  constructor(status, detail, headers = {}) {
    super(detail);
    Object.assign(this, { status, detail, headers });
  }
}

function rows(sql, values = []) {
  const statement = db.prepare(sql);
  try {
    statement.bind(values);
    const found = [];
    while (found.length < 100 && statement.step()) found.push(statement.getAsObject());
    return found;
  } finally {
    statement.free();
  }
}

const hashed = (password, salt = crypto.randomBytes(16).toString("hex")) =>
  `scrypt$${salt}$${crypto.scryptSync(password, salt, 32, { N: 4096 }).toString("hex")}`;
const matches = (password, known) =>
  crypto.timingSafeEqual(Buffer.from(hashed(password, known.split("$")[1])), Buffer.from(known));
const NOBODYS = hashed(crypto.randomBytes(8).toString("hex"));

function addUser(username, email, password, role) {
  if (rows("SELECT id FROM users WHERE username = ?", [username]).length) throw new No(409, "this name is taken");
  const id = crypto.randomUUID();
  db.run("INSERT INTO users VALUES (?, ?, ?, ?, ?, '')", [id, username, email, hashed(password), role]);
  return rows("SELECT * FROM users WHERE id = ?", [id])[0];
}

function addBook(owner, title, secret) {
  const id = crypto.randomUUID();
  db.run("INSERT INTO books VALUES (?, ?, ?, ?)", [id, owner, title, secret]);
  return { id, title, secret };
}

const pick = (row, ...names) => Object.fromEntries(names.map((name) => [name, row[name]]));
const account = (row) => pick(row, "id", "username", "email", "role", "about");
const book = (row) => pick(row, "id", "title", "secret");

// The JSON body: these members and no other, texts of at most so many characters.
function body(req, fields) {
  const media = (req.headers["content-type"] || "").split(";")[0].trim().toLowerCase();
  if (media !== "application/json" || req.headers["content-encoding"])
    throw new No(415, "JSON is read here", { Accept: "application/json" });
  let value;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(req.body || Buffer.alloc(0));
    value = JSON.parse(text);
    const written = [...text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:)?/g)].filter((each) => each[1]).length;
    if (written !== members(value)) throw new SyntaxError("a name stands twice");
  } catch (error) {
    if (FAULTS.has("verbose-errors")) throw error;
    throw new No(400, "that is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new No(422, "an object is wanted");
  const names = Object.keys(fields);
  if (names.some((name) => !(name in value))) throw new No(422, "a member is missing");
  const loose = FAULTS.has("mass-assignment") && ["/register", "/me"].includes(req.path);
  if (!loose && Object.keys(value).some((name) => !names.includes(name))) throw new No(422, "a member is not known");
  for (const name of names)
    if (typeof value[name] !== "string" || value[name].length > fields[name] || /\p{C}/u.test(value[name]))
      throw new No(422, `${name} does not fit`);
  return value;
}

function members(value) {
  if (typeof value !== "object" || value === null) return 0;
  const inside = Object.values(value).reduce((sum, each) => sum + members(each), 0);
  return inside + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

function query(req, name, most) {
  const given = [...new URL(req.originalUrl, "http://shelf").searchParams];
  if (given.length !== 1 || given[0][0] !== name || !given[0][1] || given[0][1].length > most)
    throw new No(400, `${name} is wanted, once, and nothing else`);
  return given[0][1];
}

function caller(req) {
  const [scheme, token = ""] = (req.headers.authorization || "").split(" ");
  if (token.length > 4096) throw new No(431, "the token is too long");
  let user;
  if (scheme.toLowerCase() === "bearer") {
    try {
      const head = jwt.decode(token, { complete: true }).header;
      const unsigned = FAULTS.has("jwt-unsigned") && String(head.alg).toLowerCase() === "none";
      const claims = unsigned
        ? jwt.decode(token)
        : jwt.verify(token, KEY, { algorithms: ["HS256"], issuer: "bookshelf", audience: "bookshelf" });
      if (claims.exp > Date.now() / 1000) user = rows("SELECT * FROM users WHERE id = ?", [String(claims.sub)])[0];
    } catch {
      user = undefined;
    }
  }
  if (!user) throw new No(401, "say who you are", { "WWW-Authenticate": 'Bearer realm="shelf"' });
  return user;
}

function found(req, fault) {
  const user = caller(req);
  const id = req.params.book_id;
  const row = UUID.test(id) ? rows("SELECT * FROM books WHERE id = ?", [id])[0] : undefined;
  if (!row || (row.owner !== user.id && !FAULTS.has(fault))) throw new No(404, "no such book");
  return row;
}

function login(req, res) {
  const { username, password } = body(req, { username: 32, password: 64 });
  const now = Date.now();
  const from = req.socket.remoteAddress;
  const known = places.get(username)?.has(from); // strangers' guesses do not lock the owner out at home
  const counted = `${username} ${known ? from : ""}`;
  const recent = (failures.get(counted) || []).filter((each) => now - each < 60000);
  if (recent.length >= 5 && !FAULTS.has("no-rate-limit"))
    throw new No(429, "too many tries", { "Retry-After": String(Math.ceil(60 - (now - recent[0]) / 1000)) });
  const row = rows("SELECT * FROM users WHERE username = ?", [username])[0];
  const right = matches(password, row ? row.password : NOBODYS);
  if (!row || !right) {
    failures.set(counted, [...recent, now].slice(-10));
    let detail = "name or password is wrong";
    if (FAULTS.has("enumeration")) detail = row ? "wrong password" : "no such user";
    throw new No(401, detail, { "WWW-Authenticate": 'Bearer realm="shelf"' });
  }
  failures.delete(counted);
  places.set(username, (places.get(username) || new Set()).add(from));
  const claims = { subject: row.id, issuer: "bookshelf", audience: "bookshelf", expiresIn: 900 };
  res.json({ token: jwt.sign({ role: row.role }, KEY, { ...claims, jwtid: crypto.randomUUID() }) });
}

function register(req, res) {
  const given = body(req, { username: 32, email: 100, password: 64 });
  if (!NAME.test(given.username) || !EMAIL.test(given.email) || given.password.length < 12)
    throw new No(422, "a member does not fit");
  const role = FAULTS.has("mass-assignment") ? String(given.role ?? "reader") : "reader";
  res.status(201).location("/me").json(account(addUser(given.username, given.email, given.password, role)));
}

function changeMe(req, res) {
  const user = caller(req);
  const given = body(req, { about: 200 });
  const role = FAULTS.has("mass-assignment") ? String(given.role ?? user.role) : user.role;
  db.run("UPDATE users SET about = ?, role = ? WHERE id = ?", [given.about, role, user.id]);
  res.json(account({ ...user, about: given.about, role }));
}

function users(req, res) {
  caller(req);
  const names = FAULTS.has("excessive-data") ? ["id", "username", "email", "password", "role"] : ["id", "username"];
  res.json(rows("SELECT * FROM users").map((row) => pick(row, ...names)));
}

function accounts(req, res) {
  if (caller(req).role !== "admin" && !FAULTS.has("bfla")) throw new No(403, "for admins");
  res.json(rows("SELECT * FROM users").map(account));
}

function create(req, res) {
  const user = caller(req);
  const given = body(req, { title: 80, secret: 500 });
  const made = addBook(user.id, given.title, given.secret);
  res.status(201).location(`/books/${made.id}`).json(made);
}

function search(req, res) {
  const user = caller(req);
  const words = query(req, "q", 80);
  if (!FAULTS.has("sql-injection"))
    return res.json(rows("SELECT * FROM books WHERE owner = ? AND instr(title, ?)", [user.id, words]).map(book));
  try {
    res.json(rows(`SELECT * FROM books WHERE owner = '${user.id}' AND title LIKE '%${words}%'`).map(book));
  } catch {
    res.json([]);
  }
}

function replace(req, res) {
  const row = found(req, "bola-write");
  const given = body(req, { title: 80, secret: 500 });
  db.run("UPDATE books SET title = ?, secret = ? WHERE id = ?", [given.title, given.secret, row.id]);
  res.json({ id: row.id, title: given.title, secret: given.secret });
}

function remove(req, res) {
  db.run("DELETE FROM books WHERE id = ?", [found(req, "bola-delete").id]);
  res.status(204).end();
}

function lending(req, res) {
  if (!FAULTS.has("missing-auth")) caller(req);
  res.json(LENDING);
}

function leave(req, res) {
  const target = query(req, "next", 300);
  const local = /^\/[\w/-]*$/.test(target) && !target.startsWith("//");
  if (!local && !FAULTS.has("open-redirect")) throw new No(400, "that is no page of this API");
  res.status(302).set("Location", target).end();
}

function check(req, res) {
  caller(req);
  const { host } = body(req, { host: 120 });
  if (!FAULTS.has("command")) {
    if (!/^[A-Za-z0-9.-]+$/.test(host)) throw new No(422, "host does not fit");
    return res.json({ output: `checking ${host}\n` });
  }
  const done = childProcess.spawnSync(`echo checking ${host}`, { shell: true, timeout: 10000 });
  res.json({ output: done.stdout.toString().slice(0, 2000) });
}

function security(req, res) {
  const expires = new Date(Date.now() + 90 * 86400000).toISOString();
  res.type("text/plain").send(`Contact: mailto:security@shelf.example\nExpires: ${expires}\n`);
}

const ROUTES = {
  "/openapi.json": { GET: (req, res) => res.type("application/json").send(DOCUMENT) },
  "/.well-known/security.txt": { GET: security },
  "/register": { POST: register },
  "/login": { POST: login },
  "/me": { GET: (req, res) => res.json(account(caller(req))), PATCH: changeMe },
  "/users": { GET: users },
  "/admin/users": { GET: accounts },
  "/books": {
    GET: (req, res) =>
      res.json(rows("SELECT * FROM books WHERE owner = ? ORDER BY rowid DESC", [caller(req).id]).map(book)),
    POST: create,
  },
  "/books/search": { GET: search },
  "/books/:book_id": { GET: (req, res) => res.json(book(found(req, "bola-read"))), PUT: replace, DELETE: remove },
  "/reports/lending": { GET: lending },
  "/go": { GET: leave },
  "/tools/check": { POST: check },
};

function atTheDoor(req, res, next) {
  if (!FAULTS.has("headers"))
    res.set({
      "X-Content-Type-Options": "nosniff",
      "X-Frame-Options": "DENY",
      "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
      "Cache-Control": "no-store",
      "Referrer-Policy": "no-referrer",
    });
  if (FAULTS.has("cors") && req.headers.origin)
    res.set({ "Access-Control-Allow-Origin": req.headers.origin, "Access-Control-Allow-Credentials": "true" });
  const hosts = req.rawHeaders.filter((each, at) => at % 2 === 0 && each.toLowerCase() === "host");
  const host = (req.headers.host || "").replace(/:\d+$/, "");
  if (hosts.length !== 1 || !["127.0.0.1", "localhost"].includes(host)) throw new No(421, "not served here");
  if (req.originalUrl.length > 2000) throw new No(414, "too long");
  if (req.rawHeaders.join("").length > 15000) throw new No(431, "too large");
  if (!FAULTS.has("no-rate-limit")) {
    if (calls.minute !== minute()) Object.assign(calls, { minute: minute(), count: 0 });
    calls.count += 1;
    const ends = 60 - (Math.floor(Date.now() / 1000) % 60);
    res.set("RateLimit-Policy", '"minute";q=6000;w=60');
    res.set("RateLimit", `"minute";r=${Math.max(0, 6000 - calls.count)};t=${ends}`);
    if (calls.count > 6000) throw new No(429, "too many requests", { "Retry-After": "60" });
  }
  next();
}

function served(handlers) {
  return (req, res) => {
    const allow = [...new Set([...Object.keys(handlers), "OPTIONS", ...(handlers.GET ? ["HEAD"] : [])])].sort();
    const method = req.method === "HEAD" ? "GET" : req.method;
    if (method === "OPTIONS") return res.set("Allow", allow.join(", ")).status(204).end();
    if (!METHODS.includes(req.method)) throw new No(501, "no such method");
    if (!handlers[method]) throw new No(405, "not with this method", { Allow: allow.join(", ") });
    if (["GET", "DELETE"].includes(method) && Buffer.isBuffer(req.body) && req.body.length)
      throw new No(415, "no body is read here");
    const wanted = handlers.GET === security ? "text/plain" : "application/json";
    if (req.path !== "/go" && !req.accepts(wanted)) throw new No(406, `${wanted} is made here`, { Accept: wanted });
    handlers[method](req, res);
  };
}

function onError(error, req, res, next) {
  const status = error.status || 500;
  const known = error instanceof No || (status >= 400 && status < 500);
  if (!known && FAULTS.has("verbose-errors")) return res.status(500).type("text/plain").send(error.stack);
  const problem = { title: known ? "Refused" : "Failed", status, detail: error.detail };
  res.status(status).set(error.headers || {}).set("Content-Type", "application/problem+json");
  res.send(JSON.stringify(problem));
}

async function main() {
  const SQL = await initSqlJs();
  db = new SQL.Database();
  db.run("CREATE TABLE users (id TEXT, username TEXT UNIQUE, email TEXT, password TEXT, role TEXT, about TEXT)");
  db.run("CREATE TABLE books (id TEXT, owner TEXT, title TEXT, secret TEXT)");
  for (const [name, words, role] of [
    ["alice", "teapots-under-the-stairs", "reader"],
    ["bob", "six-ladders-and-a-rope", "reader"],
    ["carol", "keys-in-the-hall-cupboard", "admin"],
  ])
    addBook(addUser(name, `${name}@shelf.example`, words, role).id, `${name}'s diary`, `${name} hides it`);
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("strict routing");
  app.enable("case sensitive routing");
  app.use(atTheDoor);
  app.use(express.raw({ type: () => true, limit: 65536, inflate: false }));
  for (const [template, handlers] of Object.entries(ROUTES)) app.all(template, served(handlers));
  app.use(() => {
    throw new No(404, "nothing is here");
  });
  app.use(onError);
  app.listen(Number(process.argv[2]), "127.0.0.1");
}

main();
