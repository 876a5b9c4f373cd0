const express = require("express");
const { expressjwt } = require("express-jwt");

const app = express();
app.use(expressjwt({ secret: process.env.JWT_KEY, algorithms: ["HS256"] }));
app.get("/orders", list);
