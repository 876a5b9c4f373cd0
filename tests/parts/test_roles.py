"""Operations of published APIs, and what each is to somebody who guesses; most are nothing to him."""

from __future__ import annotations

from typing import Any

import pytest

from exchanges import api_of
from ostiary.model import Operation
from ostiary.parts.roles import account_field, challenge_fields, code_field, destination_fields, recognised

# Each line: method and path; its fields (q: query, f: form, dots nest; none: no body; ?: not described); role; id.
PUBLISHED = {
    "VAmPI": """
        GET /createdb | none | |
        GET /users/v1 | none | |
        GET /users/v1/_debug | none | |
        POST /users/v1/register | username,password,email | register | api_views.users.register_user
        POST /users/v1/login | username,password | login | api_views.users.login_user
        GET /users/v1/{username} | none | |
        DELETE /users/v1/{username} | none | |
        PUT /users/v1/{username}/email | email | |
        PUT /users/v1/{username}/password | password | | api_views.users.update_password
        GET /books/v1 | none | |
        POST /books/v1 | book_title,secret | | api_views.books.add_new_book
        GET /books/v1/{book_title} | none | |
    """,
    "secDevLabs": """
        POST /create | username,password,passwordconf | register |
        POST /register | user,pass,passcheck | register |
        POST /login | user,pass | login |
        POST /game | user,result | |
        POST /keys/create | name,password | |
    """,
    "RealWorld Conduit": """
        POST /api/users/login | user.email,user.password | login | Login
        POST /api/users | user.username,user.email,user.password | register | CreateUser Register a new user
        GET /api/user | none | | GetCurrentUser
        PUT /api/user | user.email,user.token,user.username,user.bio,user.image | | UpdateCurrentUser
        GET /api/profiles/{username} | none | |
        POST /api/profiles/{username}/follow | none | | FollowUserByUsername
        POST /api/articles | article.title,article.description,article.body,article.tagList | |
        POST /api/articles/{slug}/comments | comment.body | |
        POST /api/articles/{slug}/favorite | none | |
    """,
    "Petstore": """
        GET /user/login | q:username,q:password | login | loginUser
        GET /user/logout | none | | logoutUser
        POST /user | id,username,firstName,lastName,email,password,phone,userStatus | | createUser
        POST /user/createWithList | ? | | createUsersWithListInput
        PUT /user/{username} | id,username,firstName,lastName,email,password,phone | | updateUser
        GET /user/{username} | none | | getUserByName
        POST /pet | id,name,photoUrls,status | | addPet
        POST /pet/{petId} | f:name,f:status | | updatePetWithForm
        POST /store/order | id,petId,quantity,shipDate | | placeOrder
    """,
    "FastAPI's full-stack template": """
        POST /api/v1/login/access-token | f:grant_type,f:username,f:password,f:scope,f:client_id,f:client_secret | login | login-login_access_token
        POST /api/v1/login/test-token | none | | login-test_token
        POST /api/v1/password-recovery/{email} | none | reset | login-recover_password
        POST /api/v{version}/forgot-password | username | reset |
        POST /api/v{version}/reset-password | username,reset_pin,new_password | reset |
        POST /api/v{version}/login | username,password | login |
        POST /api/v1/reset-password/ | token,new_password | reset | login-reset_password
        POST /api/v1/password-recovery-html-content/{email} | none | | login-recover_password_html_content
        POST /api/v1/users/ | email,password,is_active,is_superuser,full_name | | users-create_user
        POST /api/v1/users/signup | email,password,full_name | register | users-register_user
        PATCH /api/v1/users/me/password | current_password,new_password | | users-update_password_me
        PATCH /api/v1/users/me | email,full_name | |
        POST /api/v1/utils/test-email/ | q:email_to | | utils-test_email
        POST /api/v1/items/ | title,description | |
        POST /api/v1/private/users/ | email,password,full_name,is_verified | | private-create_user
    """,
    "Keycloak administration": """
        PUT /admin/realms/{realm}/users/{user-id}/reset-password | temporary,type,value | |
        PUT /admin/realms/{realm}/users/{user-id}/reset-password-email | q:client_id,q:redirect_uri | |
        PUT /admin/realms/{realm}/users/{user-id}/send-verify-email | q:client_id,q:redirect_uri | |
        PUT /admin/realms/{realm}/users/{user-id}/execute-actions-email | q:lifespan | |
        POST /admin/realms/{realm}/users/{user-id}/logout | none | |
        POST /admin/realms/{realm}/users/{user-id}/impersonation | none | |
        POST /admin/realms/{realm}/users | username,email,firstName,lastName,enabled,credentials | |
        POST /admin/realms/{realm}/authentication/register-required-action | ? | |
        POST /admin/realms/{realm}/authentication/flows/{flowAlias}/copy | newName | |
        POST /admin/realms/{realm}/authentication/executions/{executionId}/raise-priority | none | |
        POST /admin/realms/{realm}/clients/{client-uuid}/client-secret | none | |
        POST /admin/realms/{realm}/clients/{client-uuid}/registration-access-token | none | |
        POST /admin/realms/{realm}/clients-initial-access | count,expiration | |
        POST /admin/realms/{realm}/testSMTPConnection | ? | |
        DELETE /admin/realms/{realm}/attack-detection/brute-force/users | none | |
        POST /realms/{realm}/protocol/openid-connect/token | f:grant_type,f:client_id,f:client_secret,f:username,f:password,f:refresh_token | login | token
        POST /realms/{realm}/protocol/openid-connect/token/introspect | f:token | |
        POST /realms/{realm}/protocol/openid-connect/revoke | f:token,f:client_id | |
        POST /realms/{realm}/protocol/openid-connect/logout | f:refresh_token,f:client_id | |
        POST /realms/{realm}/clients-registrations/openid-connect | ? | |
    """,
    "Discourse": """
        POST /session/forgot_password.json | login | reset | sendPasswordResetEmail
        PUT /users/password-reset/{token}.json | username,password | reset | changePassword
        POST /users.json | name,email,password,username,active,approved,user_fields[1] | | createUser
        PUT /u/{username}/preferences/email.json | email | | updateEmail
        POST /admin/users/{id}/log_out.json | none | | logOutUser
        POST /invites.json | email,skip_email,custom_message | | createInvite
        POST /user_actions.json | ? | |
        POST /posts.json | title,raw,topic_id,category | |
        POST /uploads.json | type,user_id,synchronous,file | |
    """,
    "GitHub": """
        POST /app/installations/{installation_id}/access_tokens | repositories,repository_ids,permissions | | apps/create-installation-access-token
        POST /applications/{client_id}/token | access_token | | apps/check-token
        PATCH /applications/{client_id}/token | access_token | | apps/reset-token
        POST /applications/{client_id}/token/scoped | access_token,target | | apps/scope-token
        POST /app-manifests/{code}/conversions | none | | apps/create-from-manifest
        POST /orgs/{org}/actions/runners/registration-token | none | |
        POST /repos/{owner}/{repo}/actions/runners/remove-token | none | |
        POST /orgs/{org}/invitations | invitee_id,email,role | |
        POST /user/emails | emails | | users/add-email-for-authenticated-user
        POST /orgs/{org}/hooks/{hook_id}/deliveries/{delivery_id}/attempts | none | |
        PUT /orgs/{org}/credential-authorizations/{credential_id} | ? | |
        POST /credentials/revoke | credentials | | credentials/revoke
        POST /repos/{owner}/{repo}/issues | title,body,assignee,labels | |
    """,
    "Stripe": """
        POST /v1/accounts | f:type,f:country,f:email,f:business_type | | PostAccounts Create an account
        POST /v1/customers | f:email,f:name,f:phone | | PostCustomers Create a customer
        POST /v1/tokens | f:card,f:bank_account,f:account | | PostTokens Create a token
        POST /v1/payment_intents/{intent}/confirm | f:payment_method,f:return_url | |
        POST /v1/payment_intents/{intent}/verify_microdeposits | f:amounts,f:descriptor_code | |
        POST /v1/identity/verification_sessions | f:type,f:return_url | | PostIdentityVerificationSessions
        POST /v1/checkout/sessions | f:mode,f:success_url,f:customer_email | |
        POST /v1/account_sessions | f:account,f:components | |
        POST /v1/ephemeral_keys | f:customer | |
        POST /v1/promotion_codes | f:code,f:coupon,f:customer | |
        POST /v1/subscription_items | f:price | |
        POST /v1/issuing/cards/{card} | f:status,f:pin | |
        POST /v1/apple_pay/domains | f:domain_name | |
    """,
    "Supabase (GoTrue)": """
        POST /auth/v1/token | q:grant_type,email,phone,password,refresh_token | login |
        POST /auth/v1/signup | email,phone,password,data | register |
        POST /auth/v1/recover | email | reset |
        POST /auth/v1/otp | email,phone,create_user | otp-send |
        POST /auth/v1/magiclink | email | otp-send |
        POST /auth/v1/verify | type,token,email,phone | otp-verify |
        POST /auth/v1/resend | type,email,phone | otp-send |
        POST /auth/v1/logout | none | |
        POST /auth/v1/invite | email,data | |
        POST /auth/v1/admin/users | email,password,phone,role | |
        POST /auth/v1/factors/{factorId}/verify | challenge_id,code | otp-verify |
    """,
    "Damn Vulnerable RESTaurant": """
        POST /token | f:grant_type,f:username,f:password,f:scope,f:client_id,f:client_secret | login | get_token_token_post
        POST /register | username,password,phone_number,first_name,last_name | register | register_user_register_post
        POST /reset-password | username | reset | reset_password_reset_password_post
        POST /reset-password/new-password | username,reset_password_code,new_password | reset | set_new_password
        PUT /profile | username,first_name,last_name,phone_number | | update_profile
        POST /apply-referral | referral_code | | apply_referral_code
    """,
    "Auth0": """
        POST /oauth/token | grant_type,client_id,client_secret,code,redirect_uri,username,password | login |
        POST /dbconnections/signup | client_id,email,password,connection | register |
        POST /passwordless/start | client_id,connection,email,phone_number,send | otp-send |
        POST /oauth/revoke | token,client_id | |
        POST /mfa/challenge | mfa_token,challenge_type,client_id | otp-send |
        GET /userinfo | none | |
    """,
    "Strapi": """
        POST /api/auth/local | identifier,password | login |
        POST /api/auth/local/register | username,email,password | register |
        POST /api/auth/forgot-password | email | reset |
        POST /api/auth/reset-password | password,passwordConfirmation,code | reset |
        POST /api/auth/change-password | currentPassword,password,passwordConfirmation | |
        POST /api/auth/send-email-confirmation | email | otp-send |
    """,
    "dj-rest-auth": """
        POST /dj-rest-auth/login/ | username,email,password | login | dj_rest_auth_login_create
        POST /dj-rest-auth/logout/ | none | |
        POST /dj-rest-auth/password/reset/ | email | reset |
        POST /dj-rest-auth/password/reset/confirm/ | new_password1,new_password2,uid,token | reset |
        POST /dj-rest-auth/password/change/ | new_password1,new_password2 | |
        POST /dj-rest-auth/registration/ | username,email,password1,password2 | register |
        POST /dj-rest-auth/registration/resend-email/ | email | otp-send |
        POST /dj-rest-auth/token/refresh/ | refresh | |
        POST /dj-rest-auth/token/verify/ | token | |
    """,
    "Directus": """
        POST /auth/login | email,password,mode,otp | login |
        POST /auth/refresh | refresh_token,mode | |
        POST /auth/password/request | email,reset_url | reset |
        POST /auth/password/reset | token,password | reset |
        POST /users/me/tfa/enable | secret,otp | |
        POST /users/register | email,password,first_name | register |
        POST /users/invite | email,role | |
    """,
    "Mattermost": """
        POST /api/v4/users/login | id,login_id,token,device_id,ldap_only,password | login | Login
        POST /api/v4/users/login/switch | current_service,new_service,email,password,mfa_code,ldap_id | | SwitchAccountType
        POST /api/v4/users/password/reset | code,new_password | reset | ResetPassword
        POST /api/v4/users/password/reset/send | email | reset | SendPasswordResetEmail
        POST /api/v4/users/{user_id}/reset_failed_attempts | none | |
        PUT /api/v4/users/{user_id}/mfa | activate,code | | UpdateUserMfa
        POST /api/v4/users/{user_id}/mfa/generate | none | |
        POST /api/v4/users/email/verify/send | email | otp-send |
        POST /api/v4/users/sessions/revoke/all | none | |
        POST /api/v4/users | email,username,first_name,last_name,password | | CreateUser Create a user
    """,
    "crAPI": """
        POST /identity/api/auth/signup | email,name,number,password | register | signup
        POST /identity/api/auth/login | email,password | login | login
        POST /identity/api/auth/forget-password | email | reset | forgot_password
        POST /identity/api/auth/v3/check-otp | otp,password,email | otp-verify | check_otp_v3
        POST /identity/api/auth/v4.0/user/login-with-token | email,token | | login_with_token
        POST /identity/api/v2/user/reset-password | email,password | reset | reset_password
        POST /identity/api/v2/user/change-email | new_email,old_email | | change_email
        POST /identity/api/v2/user/verify-email-token | old_email,new_email,token | | verify_email_token
        POST /identity/api/v2/vehicle/add_vehicle | pincode,vin | | add_vehicle
        POST /identity/api/v2/vehicle/resend_email | none | | vehicle_resend_email
        POST /workshop/api/shop/apply_coupon | amount,coupon_code | | applyCoupon
        POST /community/api/v2/coupon/validate-coupon | coupon_code | | validate_coupon
        POST /workshop/api/mechanic/signup | email,mechanic_code,name,number,password | register | mechanic_signup
    """,
    "others": """
        POST /rest/auth/1/session | username,password | login |
        POST /wp-json/jwt-auth/v1/token | username,password | login |
        POST /wp-json/jwt-auth/v1/token/validate | none | |
        POST /oauth2/token | none | login |
        POST /connect/token | none | login |
        POST /identity/connect/token | f:grant_type,f:username,f:password,f:twoFactorToken | login |
        POST /self-service/login | identifier,password,method | login | updateLoginFlow
        POST /self-service/registration | password,traits.email,method | register |
        POST /self-service/login | q:flow | login | updateLoginFlow
        POST /self-service/registration | q:flow | register | updateRegistrationFlow
        POST /self-service/recovery | email,code,method | reset |
        POST /api/v1/login | user,password,resume,code | login |
        POST /login | none | login |
        POST /login | f:username,f:password,f:remember-me | login |
        POST /api/authenticate | username,password,rememberMe | login | authorize
    """,
}  # fmt: skip

LANGUAGES = """
    POST /anmelden | benutzername,passwort | login
    POST /api/Anmeldung | benutzername,kennwort |
    POST /connexion | courriel,mot_de_passe | login
    POST /iniciar-sesion | correo,contraseña | login
    POST /api/entrar | email,senha | login
    POST /inloggen | gebruikersnaam,wachtwoord | login
    POST /logga-in | användarnamn,lösenord | login
    POST /giriş-yap | eposta,şifre | login
    POST /zaloguj | login,hasło | login
    POST /войти | логин,пароль | login
    POST /api/登录 | 用户名,密码 | login
    POST /mot-de-passe/oublie | courriel | reset
    POST /passwort-vergessen | email | reset
    POST /recuperar-contrasena | correo | reset
    POST /cadastro | email,senha,nome | register
    POST /inscription | courriel,mot_de_passe,prenom | register
"""

PLAIN = """
    POST /otp/verify | phone,otp | otp-verify
    POST /auth/otp/send | phone | otp-send
    POST /auth/send-otp | phoneNumber | otp-send
    POST /auth/verifyOtp | phoneNumber,otp | otp-verify
    POST /login/2fa | code,mfa_token | otp-verify
    POST /2fa/verify | code | otp-verify
    POST /mfa/totp/validate | totp | otp-verify
    POST /verify-code | email,code | otp-verify
    POST /users/verify-email | email,code | otp-verify
    POST /users/verify-email | token |
    POST /login/verify | email,code | otp-verify
    POST /auth/login/code | email,code | otp-verify
    POST /resend-verification-code | email | otp-send
    POST /verification/resend | email | otp-send
    POST /send-code | phone | otp-send
    POST /sessions | email,password | login | createUserSession
    POST /auth/token | email,password | login | createUserToken
    POST /user/session | email,password | login | Create a user session
    POST /tokens | email,password | login | Create user and return token
    POST /token/user | email,password | login | createUserToken
    POST /jwt/user | email,password | | createUser
    POST /forgot | email | reset
    POST /password-resets | email | reset
    POST /password-resets/completion | token,password | reset
    POST /v1/password_resets/{token} | password | reset
    POST /counters/resets | name |
    POST /users/password/forgot | email | reset
    POST /reset-password/{token} | password | reset
    POST /vapi/jwt/user | username,password | | makeOne Create user
    POST /auth/session/users | username,password | | addUser
    POST /vapi/login | mobileno | otp-send | mobileLogin sends an OTP
    POST /auth/login | phone_number | otp-send |
    POST /auth/login | email | otp-send | begin Sign in with a one-time code
    POST /auth/login | email | |
    POST /signUp | email,password | register
    POST /create-account | email,password | register
    POST /sessions | email,password | login
    POST /session | session.email,session.password | login
    PUT /session | email,password | login
    POST /tokens | username,password | login
    POST /token | f:username,f:password,f:grant_type | login
    POST /v2/auth | login,password | login
    POST /signin | credentials.user.email,credentials.user.password | login
"""

NOTHING = """
    POST /passwords/strength | password |
    POST /password/strength-check | password |
    POST /login-history | user_id,from,to |
    GET /login-history | q:username |
    GET /login | none |
    GET /login | q:error |
    GET /signin/providers | none |
    DELETE /login | none |
    POST /users/{id}/password-policy | min_length |
    POST /users/{id}/password | password |
    POST /logins/search | query |
    POST /login/{provider} | redirect |
    POST /login/settings | enabled |
    POST /logout | none |
    POST /sign-out | none |
    POST /auth/refresh | refresh_token |
    POST /tokens | name,scopes |
    POST /sessions | title,speaker |
    POST /sessions | starts_at,room |
    POST /devices/register | device_id,push_token |
    POST /webhooks/register | url,secret |
    POST /events/{id}/registrations | name,email |
    POST /newsletter/signup | email |
    POST /counters/reset | name |
    POST /settings/reset | none |
    POST /devices/{id}/reset | none |
    POST /coupons/verify | code |
    POST /vouchers/validate | code,cart |
    POST /address/validate | zip,city |
    POST /orders/{id}/confirm | none |
    POST /vat/check | number |
    POST /messages/send | to,text |
    POST /emails/resend | id |
    POST /countries | name,code |
    POST /languages/codes | code |
    POST /currency | code,rate |
    POST /me/totp/enable | secret,otp |
    POST /users/me/mfa/setup | none |
    POST /database/connections | host,username,password |
    POST /mailboxes | email,password |
    POST /integrations/smtp/test | host,user,password |
    PUT /servers/{id}/credentials | username,password |
    POST /servers | name,user,password |
    POST /audit/login-attempts | none |
    POST /users/invite | email |
    POST /password-generator | length |
    POST /accounts/recovery-codes | none |
    POST /files/recover | id |
    POST /authentication/flows | name |
    POST /challenges | title,points |
    POST /articles/{id}/verify | none |
    POST /registrations | event_id,seats |
"""


def operation_of(line: str) -> tuple[Operation, str]:
    """The operation that a line describes, and the role it ought to have."""
    request, fields, role, *told = (each.strip() for each in line.split("|"))
    method, path = request.split(" ")
    item: dict[str, Any] = {"responses": {"200": {"description": "ok"}}}
    if told and told[0]:
        item["operationId"], _, item["summary"] = told[0].partition(" ")
    names = [] if fields in {"none", "?"} else fields.split(",")
    queries = [each[2:] for each in names if each.startswith("q:")]
    item["parameters"] = [{"name": each, "in": "query", "schema": {"type": "string"}} for each in queries]
    body = [each for each in names if not each.startswith("q:")]
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    for each in body:
        here = schema
        *above, last = each.removeprefix("f:").split(".")
        for name in above:
            here = here["properties"].setdefault(name, {"type": "object", "properties": {}})
        here["properties"][last] = {"type": "string"}
    media = "application/x-www-form-urlencoded" if any(each.startswith("f:") for each in body) else "application/json"
    if body:
        item["requestBody"] = {"content": {media: {"schema": schema}}}
    elif fields == "?":
        item["requestBody"] = {"content": {media: {"schema": {"type": "array", "items": {"type": "object"}}}}}
    return api_of({path: {method.lower(): item}}).operations[0], role


def rows(text: str, name: str = "") -> list[Any]:
    return [pytest.param(each, id=f"{name}{each.split('|')[0].strip()}") for each in text.strip().splitlines()]


@pytest.mark.parametrize("line", [row for name, text in PUBLISHED.items() for row in rows(text, f"{name}: ")])
def test_published_operations_are_what_their_authors_meant(line: str) -> None:
    operation, role = operation_of(line)
    assert recognised(operation) == role


@pytest.mark.parametrize("line", rows(LANGUAGES))
def test_people_sign_in_in_their_own_languages(line: str) -> None:
    operation, role = operation_of(line)
    assert recognised(operation) == role


@pytest.mark.parametrize("line", rows(PLAIN))
def test_usual_spellings_are_recognised(line: str) -> None:
    operation, role = operation_of(line)
    assert recognised(operation) == role


@pytest.mark.parametrize("line", rows(NOTHING))
def test_what_only_sounds_like_it_is_nothing(line: str) -> None:
    operation, _ = operation_of(line)
    assert not recognised(operation)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("POST /login | user.email,user.password | login", ("user", "email")),
        ("POST /login | f:username,f:password | login", ("username",)),
        ("POST /login | password,email,username | login", ("username",)),
        ("POST /login | e-mail,password | login", ("e-mail",)),
        ("POST /password-recovery/{email} | none | reset", ("email",)),
        ("POST /anmelden | benutzername,passwort | login", ("benutzername",)),
    ],
)
def test_the_account_is_found(line: str, path: tuple[str, ...]) -> None:
    found = account_field(operation_of(line)[0])
    assert found is not None
    assert found.path == path


def test_an_account_that_nobody_names_is_not_found() -> None:
    assert account_field(operation_of("POST /login | password | login")[0]) is None


def test_code_challenge_and_destination_are_found() -> None:
    operation, _ = operation_of("POST /otp | phone,challenge_id,code | otp-verify")
    code = code_field(operation)
    assert code is not None
    assert code.path == ("code",)
    assert [each.path for each in challenge_fields(operation)] == [("challenge_id",)]
    assert [each.path for each in destination_fields(operation)] == [("phone",)]


def test_a_document_without_fields_is_read_by_its_path_alone() -> None:
    assert recognised(Operation(method="POST", path="/api/login")) == "login"
    assert recognised(Operation(method="POST", path="/api/login/history")) == ""
    assert recognised(Operation(method="*", path="*")) == ""
