const express = require("express");

const app = express();
app.use(express.json());
app.use(express.urlencoded({ extended: false, limit: "50mb" }));
app.listen(3000);
