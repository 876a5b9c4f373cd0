const crypto = require("crypto");

function sendOtp(user) {
  const otp = crypto.randomInt(100000, 1000000);
  return user.sms(otp);
}

function generateResetToken() {
  return crypto.randomBytes(32).toString("hex");
}

function jitter() {
  return Math.random() * 1000;
}

module.exports = { sendOtp, generateResetToken, jitter };
