import ssl


def context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLSv1)  # BAD
    return made


def lenient() -> ssl.SSLContext:
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_1  # BAD
    return made
