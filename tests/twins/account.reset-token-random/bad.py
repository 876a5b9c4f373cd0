import random
import string
import uuid


def send_otp(user):
    user.otp = random.randint(100000, 999999)  # BAD
    user.save()


def make_reset_token():
    return "".join(random.choices(string.ascii_letters, k=32))  # BAD


def invite(user):
    token = "".join(
        random.choice(string.ascii_letters) for _ in range(20)  # BAD
    )
    user.mail(token)


def forgot_password(user):
    code = str(random.randrange(10**6)).zfill(6)  # BAD
    user.sms(code)
