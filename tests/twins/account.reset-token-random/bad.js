function sendOtp(user) {
  const otp = Math.floor(100000 + Math.random() * 900000); // BAD
  return user.sms(otp);
}

function generateResetToken() {
  return Math.random().toString(36).slice(2); // BAD
}

module.exports = { sendOtp, generateResetToken };
