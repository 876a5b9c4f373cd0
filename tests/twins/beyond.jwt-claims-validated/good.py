import jwt

KEYS = {"a": "-----BEGIN PUBLIC KEY-----"}


def who(token):
    header = jwt.get_unverified_header(token)
    return jwt.decode(token, KEYS[header["kid"]], algorithms=["RS256"], audience="shop", issuer="https://id.example")


def other(token, **rest):
    return jwt.decode(token, KEYS["a"], algorithms=["RS256"], **rest)
