const crypto = require("crypto");
const bcrypt = require("bcrypt");

async function store(user, password) {
  user.digest = await bcrypt.hash(password, 12);
}

function etag(body) {
  return crypto.createHash("md5").update(body).digest("hex");
}

module.exports = { store, etag };
