const logger = require("pino")();

function signIn(user, password) {
  logger.info("sign-in", user, password); // BAD
}

module.exports = { signIn };
