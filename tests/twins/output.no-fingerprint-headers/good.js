const express = require("express");

const app = express();
app.disable("x-powered-by");
app.get("/health", (request, response) => response.json({ ok: true }));
app.listen(3000);
