import logging

logger = logging.getLogger(__name__)


def sign_in(user: str, password: str) -> None:
    logger.info("sign-in of %s with %s", user, password)  # BAD
    logger.debug(f"password is {password}")  # BAD
