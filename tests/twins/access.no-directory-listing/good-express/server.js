const express = require("express");

const app = express();
app.use("/reports", express.static("reports", { index: false }));
app.get("/files", (request, response) => response.json({ index: "of files" }));
app.listen(3000);
