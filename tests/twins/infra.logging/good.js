const logger = require("pino")();

function signIn(user, password) {
  logger.info("sign-in", user, Boolean(password));
  logger.warn("wrong password");
}

module.exports = { signIn };
