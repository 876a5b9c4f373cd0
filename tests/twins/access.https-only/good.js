const axios = require("axios");
const fs = require("fs");
const https = require("https");

const agent = new https.Agent({ ca: fs.readFileSync("/etc/ssl/partner.pem"), rejectUnauthorized: true });

exports.rates = () => axios.get("https://rates.example.net/v1", { httpsAgent: agent });
