const https = require("https");
const fs = require("fs");

const options = {
  key: fs.readFileSync("key.pem"),
  cert: fs.readFileSync("cert.pem"),
  minVersion: "TLSv1", // BAD
};

https.createServer(options, (request, response) => response.end("hello")).listen(443);
