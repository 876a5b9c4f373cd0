"""Words for signing in, in the languages that people name their paths in, stand here and mean one thing each."""

# ruff: noqa: RUF001 - words of other scripts look like Latin letters, and are words

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Final

LOGIN: Final = "login"
SESSION: Final = "session"  # what a login makes: says so only beside a password
REGISTER: Final = "register"
OTP: Final = "otp"
MAGIC: Final = "magic"  # a link that signs in
VERIFY: Final = "verify"
SEND: Final = "send"
MAKE: Final = "make"  # weaker than to send: an authenticator's secret is generated, too
RESET: Final = "reset"
PASSWORD: Final = "password"  # noqa: S105 - a word
NEUTRAL: Final = "neutral"  # says nothing of what is done, and may stand beside what does
OTHER: Final = "other"  # makes it something else: a login history, a password policy

_WORDS: Final = {
    LOGIN: """login logon signin signon logins authenticate anmelden einloggen connexion connecter seconnecter ingresar
        iniciarsesion iniciosesion entrar autenticar accedi accesso acceder inloggen aanmelden inloggning loggain logginn
        logind zaloguj logowanie prihlaseni prihlasit giris girisyap bejelentkezes kirjaudu autentificare войти вход
        авторизация логин 登录 登入 登陆 ログイン サインイン 로그인""",
    SESSION: "session sessions auth authentication token tokens jwt accesstoken sesion sesiones sitzung",
    REGISTER: """register registration registrations signup signups registrieren registrierung inscription inscrire
        sinscrire registro registrar registrarse cadastro cadastrar registrati registrazione registreren registrera
        registrering rejestracja kayit kayitol registrace регистрация зарегистрироваться 注册 註冊 登録 会員登録 회원가입""",
    OTP: """otp otps totp hotp mfa 2fa tfa twofactor 2factor multifactor secondfactor onetime onetimecode onetimepassword
        onetimepin passcode verificationcode securitycode smscode authcode mfacode otpcode sendcode verifycode
        confirmationcode logincode twostep 2step einmalcode einmalpasswort 验证码 認証コード""",
    MAGIC: "magiclink magic passwordless loginlink emaillink signinlink",
    VERIFY: """verify verification verifications validate check confirm confirmation challenge submit complete completion finish
        verifizieren pruefen bestaetigen bestatigen verifier confirmer verificar confirmar validar verifica conferma verifieren
        bevestigen bekrafta potwierdz dogrula подтвердить проверить""",
    SEND: """send resend request start initiate dispatch senden anfordern enviar reenviar envoyer renvoyer invia inviare
        stuur verzend skicka wyslij gonder отправить sender""",
    MAKE: "generate create new issue get",
    RESET: """reset resets forgot forget forgotten recover recovery lost zuruecksetzen zurucksetzen vergessen oublie oubli
        reinitialiser reinitialisation olvide olvidada olvidado olvido recuperar recuperacion restablecer redefinir
        esqueci resetar dimenticata recupera reimposta vergeten herstellen glomt aterstall zapomnialem resetuj unuttum
        sifirla забыл сброс восстановление 重置 找回""",
    PASSWORD: """password passwords passwd pwd passwort kennwort motdepasse mdp contrasena contrasenia clave senha
        wachtwoord losenord haslo heslo hasla parola sifre passordet passord adgangskode salasana jelszo пароль пароля 密码
        密碼 パスワード 비밀번호""",
    NEUTRAL: """api apis rest v rpc public web app apps mobile ui portal backend service services user users account
        accounts admin admins administrator customer customers member members client clients guest person people staff
        employee identity identities iam idp sso id oauth oauth2 oidc openid connect protocol me my self email emails mail
        phone sms local basic ldap native cookie bearer access using with by via and or the a an of for to in do perform
        post put json xml php html htm action aspx jsp cgi controller endpoint resource rails django shop store storefront
        code pin link credentials benutzer konto kunde utilisateur utilisateurs compte usuario usuarios cuenta conta utente
        gebruiker anvandare into session2 current currently ident dj tenant tenants realm realms org organisation
        organization workspace company system server common simple default standard first factor step""",
}
_JOINED: Final = (  # two or three words that are one; the longest first
    (("one", "time", "password"), OTP), (("one", "time", "code"), OTP), (("one", "time", "pin"), OTP),
    (("mot", "de", "passe"), PASSWORD), (("inicio", "de", "sesion"), LOGIN), (("one", "time", "link"), MAGIC),
    (("two", "factor"), OTP), (("2", "factor"), OTP), (("2", "fa"), OTP), (("multi", "factor"), OTP),
    (("second", "factor"), OTP), (("one", "time"), OTP), (("two", "step"), OTP), (("2", "step"), OTP),
    (("verification", "code"), OTP), (("security", "code"), OTP), (("sms", "code"), OTP), (("login", "code"), OTP),
    (("confirmation", "code"), OTP), (("magic", "link"), MAGIC), (("email", "link"), MAGIC), (("login", "link"), MAGIC),
    (("log", "in"), LOGIN), (("log", "on"), LOGIN), (("sign", "in"), LOGIN), (("sign", "on"), LOGIN),
    (("log", "ind"), LOGIN), (("logg", "inn"), LOGIN), (("logga", "in"), LOGIN), (("iniciar", "sesion"), LOGIN),
    (("inicio", "sesion"), LOGIN), (("se", "connecter"), LOGIN), (("giris", "yap"), LOGIN), (("sign", "up"), REGISTER),
    (("kayit", "ol"), REGISTER), (("create", "account"), REGISTER), (("pass", "code"), OTP), (("pass", "word"), PASSWORD),
)  # fmt: skip
_VERSION: Final = re.compile(r"v?[0-9]+(?:[._][0-9]+)*")
_PIECES: Final = re.compile(r"[^\W_]+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UMLAUTS: Final = {"ß": "ss", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "đ": "d"}
MOST_TEXT: Final = 300  # characters of a summary that are looked at


def listed(text: str) -> tuple[str, ...]:
    """The words of a table that is written as lines of text, as `squeezed` gives them."""
    return tuple(squeezed(each) for each in text.split())


def words(text: str) -> tuple[str, ...]:
    """The words of a name or a sentence, lower case, without accents: ``signIn``, ``sign-in`` and ``Sign in`` alike."""
    return _words(text[:MOST_TEXT])  # cut before it is remembered: clients name the fields of their bodies


@functools.lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    text = " ".join(_CAMEL.split(text)).lower()
    if not text.isascii():
        for letter, plain in _UMLAUTS.items():
            text = text.replace(letter, plain)
        text = "".join(each for each in unicodedata.normalize("NFKD", text) if not "\u0300" <= each <= "\u036f")
        text = unicodedata.normalize("NFC", text)  # kana and hangul whole again
    return tuple(_PIECES.findall(text))


def squeezed(text: str) -> str:
    """A field's name without what languages and houses put between its words: ``user_name``, ``userName``: username."""
    return "".join(words(text))


_CONCEPTS: Final = {word: concept for concept, text in _WORDS.items() for word in listed(text)}


_PHRASES: Final = {
    first: tuple(pair for pair in _JOINED if pair[0][0] == first) for first in {each[0][0] for each in _JOINED}
}


@functools.lru_cache(maxsize=4096)
def concepts(given: tuple[str, ...]) -> tuple[str, ...]:
    """What words mean, one concept for each, or one for several that belong together."""
    found: list[str] = []
    at = 0
    while at < len(given):
        word = given[at]
        for phrase, concept in _PHRASES.get(word, ()):
            if given[at : at + len(phrase)] == phrase:
                found.append(concept)
                at += len(phrase)
                break
        else:
            found.append(NEUTRAL if _VERSION.fullmatch(word) else _CONCEPTS.get(word, OTHER))
            at += 1
    return tuple(found)
