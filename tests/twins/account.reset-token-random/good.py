import random
import secrets
import time


def send_otp(user):
    user.otp = secrets.randbelow(10**6)
    user.save()


def make_reset_token():
    return secrets.token_urlsafe(32)


def system_token():
    return "".join(random.SystemRandom().choice("abcdef0123456789") for _ in range(40))


def refresh_token_with_backoff(client):
    delay = random.uniform(0, 1)
    time.sleep(delay)
    return client.refresh()


def shuffle_questions(questions):
    return random.sample(questions, 5)


def truncate(tokens, max_tokens):
    start = random.randint(0, max_tokens)
    return tokens[start:]
