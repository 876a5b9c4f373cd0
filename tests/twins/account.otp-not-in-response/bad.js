const crypto = require("crypto");

function send(req, res) {
  const otp = crypto.randomInt(100000, 1000000);
  sms(req.body.phone, otp);
  res.json({ sent: true, otp }); // BAD
}

module.exports = { send };
