const express = require("express");
const helmet = require("helmet");

const app = express();
app.use(helmet({ hsts: { maxAge: 63072000, includeSubDomains: true } }));
app.listen(3000);
