// An invented booking service that reads its secrets from where they are kept.
const jwtSecret = process.env.JWT_SECRET;
const config = {
  clientSecret: process.env.CLIENT_SECRET ?? '',
  apiKey: secrets.get('prices/api-key'),
  clientId: 'd41f8cd98a00b204e98f09b8ecf8427e',
  tokenEndpoint: '/oauth2/v2/token',
  passwordPlaceholder: 'At least 12 characters',
  passwordInput: 'input[name=password1]',
  publishableKey: 'mp_pub_4f2a9c',
  csrfToken: 'c2f7a1e09b8d4c3fa6e5d2b1',
};
const TOKEN_KEY = 'auth_token';
const PASSWORD_RESET = 'password_reset_v2';
const integrity = 'sha512-Zx81kqLmQ9xLz7TnWb4Mp0YcRk2vQ9xLz7TnWb4Mp0YcRk2vQ9xLz7Tn==';
const url = `mysql://booking:${config.password}@db.hostel.io/booking`;
const messages = { password: 'Passwort', secret: 'Geheimnis', token: 'Token ungültig (401)' };
type = { password: string, token: String };
module.exports = { jwtSecret, config, integrity, url, messages, TOKEN_KEY, PASSWORD_RESET };
