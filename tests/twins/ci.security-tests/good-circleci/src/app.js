const express = require("express");

const app = express();
app.get("/parcels/:number", (request, response) => response.json({ number: request.params.number }));
module.exports = app;
