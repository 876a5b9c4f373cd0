import logging

logger = logging.getLogger(__name__)


def sign_in(user: str, password: str) -> None:
    logger.info("sign-in of %s, password of %d characters", user, len(password))
    logger.warning("password of %s was wrong", user)
