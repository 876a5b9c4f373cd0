const crypto = require("crypto");
const bcrypt = require("bcrypt");

function store(user, password) {
  user.digest = crypto.createHash("md5").update(password).digest("hex"); // BAD
}

async function cheap(password) {
  return bcrypt.hash(password, 4); // BAD
}

module.exports = { store, cheap };
