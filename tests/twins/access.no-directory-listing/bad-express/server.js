const express = require("express");
const serveIndex = require("serve-index");

const app = express();
app.use("/reports", express.static("reports"));
app.use("/reports", serveIndex("reports", { icons: true })); // BAD
app.listen(3000);
