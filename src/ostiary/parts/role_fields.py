"""Which field of a request holds the account, the password, the code or the address a message goes to, by its name."""

from __future__ import annotations

import functools
from typing import Final, NamedTuple

from ostiary.model import Operation, Place
from ostiary.parts.role_words import listed, squeezed
from ostiary.parts.shapes import Shape, shape_of

MOST_DEPTH: Final = 3  # of objects: {"user": {"credentials": {"email": ..}}}
MOST_FIELDS: Final = 200

# in the order in which they are believed: a login's own name first
ACCOUNT: Final = listed(
    """username login loginname loginid userlogin identifier userid useridentifier accountname account accountid userprincipalname
    email emailaddress useremail mail emailorusername usernameoremail emailorphone loginoremail phone phonenumber mobile
    mobilenumber mobileno mobilephone phoneno telephone msisdn cellphone cell handle memberid customerid customernumber membernumber employeeid user
    uid nick nickname usr
    benutzername benutzer kennung benutzerkennung identifiant nomutilisateur utilisateur courriel adresseemail usuario
    nombreusuario nombredeusuario correo correoelectronico nomeutente utente gebruikersnaam gebruiker emailadres
    anvandarnamn anvandare epost brugernavn brukernavn kayttajatunnus uzytkownik nazwauzytkownika kullaniciadi kullanici
    eposta felhasznalonev uzivatel логин почта 用户名 ユーザー名"""
)
PASSWORD: Final = frozenset(
    listed("""password passwd pwd pass passphrase userpassword userpass loginpassword plainpassword passwort kennwort motdepasse mdp
    contrasena contrasenia clave senha wachtwoord losenord haslo heslo parola sifre passord adgangskode salasana jelszo
    passwordhash hashedpassword masterpasswordhash пароль 密码 パスワード""")
)
NEW_PASSWORD: Final = frozenset(
    listed("""newpassword passwordnew newpwd newpass newpassword1 newpassword2 neuespasswort nouveaumotdepasse nuevacontrasena
    novasenha nieuwwachtwoord nypassord""")
)
REPEATED: Final = (
    frozenset(
        listed("""passwordconfirmation confirmpassword passwordconfirm confirmedpassword repeatpassword passwordrepeat password2
    passwordagain repassword retypepassword verifypassword confirmarsenha confirmarcontrasena""")
    )
    | frozenset(  # as often as not somebody's own abbreviation: "passcheck", "pwd2", "password_conf"
        f"{password}{again}"
        for password in listed("password passwd pass pwd psw psswd userpassword passphrase")
        for again in listed(
            "2 conf confirm confirmation confirmed check again repeat repeated retype verify verification copy bis"
        )
    )
    | frozenset(
        f"{again}{password}"
        for password in listed("password passwd pass pwd psw passphrase")
        for again in listed("confirm confirmed repeat repeated retype retyped re verify check second")
    )
)
CURRENT: Final = frozenset(listed("currentpassword oldpassword existingpassword previouspassword altespasswort"))
CODE: Final = frozenset(  # by whatever name, these are guessed one by one
    listed("""otp otpcode totp totpcode passcode onetimecode onetimepassword onetimepin verificationcode verifycode mfacode mfaotp
    twofactorcode twofactortoken 2facode tfacode 2fatoken smscode securitycode confirmationcode authenticatorcode emailcode
    phonecode recoverycode backupcode logincode pincode tan usercode secondfactortoken bindingcode otptoken
    resetcode resetpasswordcode passwordresetcode resetpin passwordresetpin resetotp""")
)
BARE_CODE: Final = frozenset(
    listed("code pin codigo codice kode kod")
)  # a coupon's, too: only where the path says more
CHALLENGE: Final = frozenset(
    listed("""challengeid challenge challengetoken mfatoken mfasession session sessionid sessiontoken transactionid txid
    verificationid requestid flowid flow ticket otpid oobcode authreqid temptoken temporarytoken preauthtoken logintoken
    continuationtoken statetoken factorid interactionid verifytoken""")
)
DESTINATION: Final = listed(
    """phone phonenumber phoneno mobile mobilenumber mobileno mobilephone telephone msisdn cellphone to recipient destination email
    emailaddress mail useremail courriel correo epost eposta"""
)
TOKEN: Final = frozenset(
    listed("token resettoken resetpasswordtoken passwordresettoken key resetkey uid uidb64 secret")
)
PROFILE: Final = frozenset(  # who gives these makes an account, or changes one
    listed("""name firstname lastname fullname displayname givenname familyname surname birthday birthdate dateofbirth gender
    acceptterms termsaccepted terms tos agree newsletter role roles isactive issuperuser isadmin enabled bio image avatar
    invitecode invitationcode referralcode vorname nachname nom prenom nombre apellido""")
)
GRANT: Final = "granttype"


class Field(NamedTuple):
    """A field of a request: where it travels, the names that lead to it, and its own name without decoration."""

    place: str  # "body", "query", "path", "header"
    path: tuple[str, ...]
    key: str


@functools.lru_cache(maxsize=2048)
def fields_of(operation: Operation) -> tuple[Field, ...]:
    """All fields that the document names, of every media type the body may come in."""
    found: dict[Field, None] = {}
    for media in operation.consumes.values():
        if media.schema is not None:
            _walk(shape_of(media.schema), (), found, 0)
    for each in operation.parameters:
        if each.place is not Place.COOKIE:
            found[Field(each.place.value, (each.name,), squeezed(each.name))] = None
    return tuple(found)[:MOST_FIELDS]


def _walk(shape: Shape, path: tuple[str, ...], found: dict[Field, None], depth: int) -> None:
    for name in shape.names:
        if len(found) >= MOST_FIELDS:
            return
        inner = shape.property(name)
        here = (*path, name)
        if inner.names and depth < MOST_DEPTH - 1:
            _walk(inner, here, found, depth + 1)
        else:
            found[Field("body", here, squeezed(name))] = None


def keys_of(operation: Operation) -> frozenset[str]:
    """The names of all fields in body and query, without decoration."""
    return frozenset(each.key for each in fields_of(operation) if each.place in {"body", "query"})


def account_fields(operation: Operation) -> tuple[Field, ...]:
    """The fields that may hold the account's name, the likeliest first."""
    return _ranked(operation, ACCOUNT, {"body", "query", "path"})


def account_field(operation: Operation) -> Field | None:
    """The field that holds the account's name."""
    return next(iter(account_fields(operation)), None)


def destination_fields(operation: Operation) -> tuple[Field, ...]:
    """The fields that say where a code is sent."""
    return _ranked(operation, DESTINATION, {"body", "query", "path"})


def challenge_fields(operation: Operation) -> tuple[Field, ...]:
    """The fields that say which code is meant."""
    return tuple(each for each in fields_of(operation) if each.key in CHALLENGE and each.place != "header")


def code_field(operation: Operation) -> Field | None:
    """The field that holds the one-time code."""
    for names in (CODE, BARE_CODE, TOKEN):
        for each in fields_of(operation):
            if each.key in names and each.place in {"body", "query"}:
                return each
    return None


def _ranked(operation: Operation, names: tuple[str, ...], places: set[str]) -> tuple[Field, ...]:
    rank = {name: at for at, name in enumerate(names)}
    found = [each for each in fields_of(operation) if each.key in rank and each.place in places]
    order = {"body": 0, "query": 1, "path": 2}
    return tuple(sorted(found, key=lambda each: (order[each.place], rank[each.key])))
