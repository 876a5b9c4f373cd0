import requests

CAPTCHA_SECRET = "1x0000000000000000000000000000000AA"  # BAD


def is_person(answer):
    url = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
    return requests.post(url, data={"secret": CAPTCHA_SECRET, "response": answer}, timeout=5).json()["success"]
