const axios = require("axios");
const https = require("https");

const agent = new https.Agent({ rejectUnauthorized: false }); // BAD
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // BAD

exports.rates = () => axios.get("https://rates.example.net/v1", { httpsAgent: agent });
