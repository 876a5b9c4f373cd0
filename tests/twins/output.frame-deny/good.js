const express = require("express");
const helmet = require("helmet");

const app = express();
app.use(helmet({ frameguard: { action: "deny" } }));
app.listen(3000);
