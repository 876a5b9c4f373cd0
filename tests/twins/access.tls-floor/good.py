import ssl


def context() -> ssl.SSLContext:
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


def versions() -> dict[str, str]:
    return {"TLSv1": "refused", "TLSv1.1": "refused"}
