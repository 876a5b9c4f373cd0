const express = require("express");

const app = express(); // BAD
app.get("/health", (request, response) => response.json({ ok: true }));
app.listen(3000);
