const express = require("express");

const app = express();
app.use(express.json({ limit: "5gb" })); // BAD
app.use(express.urlencoded({ extended: false, limit: Infinity })); // BAD
app.listen(3000);
