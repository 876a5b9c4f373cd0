const crypto = require("crypto");

function send(req, res) {
  const otp = crypto.randomInt(100000, 1000000);
  sms(req.body.phone, `Your code is ${otp}`);
  res.json({ sent: true, otpLength: 6 });
}

module.exports = { send };
