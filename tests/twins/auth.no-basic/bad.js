const express = require("express");
const basicAuth = require("express-basic-auth");

const app = express();
app.use(basicAuth({ authorizer: check })); // BAD
app.get("/orders", list);
