"""Words that people make secrets of, and the secrets that manuals print: data for guessing, and nothing else."""

from __future__ import annotations

from typing import Final

WORDS: Final = (
    "secret", "key", "password", "passwd", "pass", "token", "jwt", "auth", "admin", "administrator", "root", "test",
    "testing", "dev", "development", "prod", "production", "staging", "demo", "example", "sample", "default", "changeme",
    "change-me", "change_me", "changethis", "changeit", "replaceme", "replace-me", "todo", "foo", "bar", "foobar", "baz",
    "hello", "world", "helloworld", "hello-world", "letmein", "welcome", "qwerty", "abc", "abcdef", "abcdefg", "asdf",
    "asdfgh", "iloveyou", "dragon", "monkey", "master", "shadow", "sunshine", "princess", "football", "superman",
    "batman", "trustno1", "random", "string", "private", "public", "none", "null", "undefined", "empty", "user", "guest",
    "app", "api", "server", "client", "service", "session", "cookie", "signature", "sign", "signing", "hmac", "hs256",
    "sha256", "salt", "pepper", "keyboard cat", "shhhhh", "shhh", "ssh", "supersecret", "super-secret", "super_secret",
    "topsecret", "top-secret", "top_secret", "verysecret", "very-secret", "very_secret", "mysecret", "my-secret",
    "my_secret", "oursecret", "thesecret", "this-is-secret", "notsecret", "not-so-secret", "asecret", "s3cr3t", "s3cret",
    "secr3t", "p@ssw0rd", "p@ssword", "passw0rd", "pa55word", "secretkey", "secret-key", "secret_key", "secret key",
    "mysecretkey", "my-secret-key", "my_secret_key", "jwtsecret", "jwt-secret", "jwt_secret", "jwtkey", "jwt-key",
    "jwt_key", "jwtsecretkey", "jwt-secret-key", "jwt_secret_key", "myjwtsecret", "my-jwt-secret", "tokensecret",
    "token-secret", "token_secret", "accesstoken", "access-token", "access_token_secret", "appsecret", "app-secret",
    "app_secret", "appkey", "app-key", "app_key", "apikey", "api-key", "api_key", "api-secret", "clientsecret",
    "client-secret", "client_secret", "signingkey", "signing-key", "signing_key", "privatekey", "private-key",
    "private_key", "sharedsecret", "shared-secret", "shared_secret", "sessionsecret", "session-secret", "authsecret",
    "auth-secret", "auth_secret", "yoursecret", "your-secret", "your_secret", "yoursecretkey", "your-secret-key",
    "your_secret_key", "your_jwt_secret", "your-jwt-secret", "your-256-bit-secret", "your-384-bit-secret",
    "your-512-bit-secret", "a-string-secret-at-least-256-bits-long", "some-secret", "some_secret", "somesecret",
    "insert-secret-here", "secret-goes-here", "put-your-secret-here", "supersecretkey", "super-secret-key",
    "super_secret_key", "supersecretjwtkey", "verysecretkey", "django-insecure", "laravel", "express", "flask", "fastapi",
    "spring", "node", "nodejs", "golang", "rails", "dummy", "temp", "tmp", "fake", "insecure", "unsafe", "weak", "simple",
    "access", "refresh", "bearer", "login", "signin", "identity", "account", "verify", "payload", "hash",  # what it is for
)  # fmt: skip
FIRST: Final = (  # put before one of SECOND
    "jwt", "token", "app", "api", "auth", "my", "your", "our", "the", "super", "top", "very", "access", "refresh", "dev",
    "test", "prod", "user", "session", "admin", "master", "private", "public", "shared", "signing", "web", "server",
    "client", "application", "service", "local", "default", "some", "secret", "demo", "example", "flask", "django",
    "express", "node", "fastapi", "spring", "laravel", "rails", "hmac", "hs256", "encryption", "cookie",
)  # fmt: skip
SECOND: Final = ("secret", "key", "token", "password", "pass", "pwd", "salt", "signature", "jwt", "secretkey", "secret_key", "secret-key")  # fmt: skip
ENDS: Final = (
    "1", "12", "123", "1234", "12345", "123456", "!", "!!", "@", "#", "$", "0", "00", "01", "007", "42", "69", "99", "321",
    "1!", "123!", "@123", "#123", "_123", "-123", "key", "_key", "-key", "test", "dev",
)  # fmt: skip
YEARS: Final = tuple(str(year) for year in range(2012, 2028))
PRINTED: Final = (  # by manuals, tutorials, templates and compose files, and copied from there; ostiary:probe
    "1234567890", "0123456789", "12345678", "123456789", "987654321", "abc123", "123abc", "1q2w3e4r", "1qaz2wsx",
    "0123456789abcdef", "12345678901234567890123456789012", "01234567890123456789012345678901", "abcdefghijklmnopqrstuvwxyz",
    "your-256-bit-secret", "your-384-bit-secret", "your-512-bit-secret", "a-string-secret-at-least-256-bits-long",
    "a-string-secret-at-least-384-bits-long", "a-string-secret-at-least-512-bits-long", "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", "super-secret-jwt-token-with-at-least-32-characters-long",
    "reallyreallyreallyreallyverysafe", "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
    "255d861b-5ea1-5996-9aa3-922530ec40b1", "6116487b-cda1-52c2-b5b5-c8022c45e263", "my-32-character-ultra-secure-and-ultra-long-secret",
    "this-is-a-very-secret-key-that-should-be-changed", "change-this-to-a-secure-secret", "change_me_in_production",
    "change-me-in-production", "CHANGE_ME_IN_PRODUCTION", "changeme-in-production", "replace-with-a-secure-secret",
    "your-secret-key-here", "your_secret_key_here", "your-super-secret-key", "your-super-secret-jwt-key", "your_jwt_secret_here",
    "your-jwt-secret-here", "your-very-secret-key", "insert_your_secret_here", "super secret key", "super secret", "my secret key",
    "this is a secret", "this is my secret", "this_is_a_secret", "thisisasecret", "thisismysecret", "thisisasecretkey",
    "thisismysecretkey", "this-is-a-secret-key", "this_is_my_secret_key", "dev_secret_key", "dev-secret-key-change-me",
    "dev-only-secret", "not-a-real-secret", "do-not-use-in-production", "please-change-me", "please_change_me",
    "you-will-never-guess", "hard to guess string", "secret!", "s3cr3tk3y", "superSecretTest", "bezKoderSecretKey",
    "javainuse", "mysupersecretkey", "MySuperSecretKey", "iloveauthorization", "correct horse battery staple",
    "gfg_jwt_secret_key", "ThisIsMySecretKey", "ThisIsASecretKey", "somethingsecret", "some-random-string", "randomstring",
    "random-string", "randomsecret", "GEHEIM", "geheim", "contraseña", "secreto", "clave", "motdepasse", "segredo", "senha",
)  # fmt: skip
