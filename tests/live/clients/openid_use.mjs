// openid-client as applications use it: discovery, and nothing about the server beside what it says of itself.

import * as openid from 'openid-client'
import { refusal, run, visit } from './person.mjs'

const SCOPE = 'openid profile email offline_access books:read'

async function authentication({ method, client_secret: secret, jwk }) {
  if (method === 'client_secret_basic') return openid.ClientSecretBasic(secret)
  if (method === 'client_secret_post') return openid.ClientSecretPost(secret)
  if (method === 'none') return openid.None()
  const { kid, alg, use, key_ops, ...plain } = jwk
  const key = await crypto.subtle.importKey('jwk', plain, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
  return openid.PrivateKeyJwt({ key, kid })
}

async function discovered({ issuer, client }, algorithm = 'oidc', metadata = {}) {
  const config = await openid.discovery(new URL(issuer), client.client_id, metadata, await authentication(client), {
    algorithm,
    execute: [openid.allowInsecureRequests],
  })
  openid.enableNonRepudiationChecks(config) // signatures of ID tokens are looked at even where TLS would do
  return config
}

/** What a client makes up for one request, and the parameters of it. */
async function wishes(context, more = {}) {
  const checks = { pkceCodeVerifier: openid.randomPKCECodeVerifier(), expectedState: openid.randomState(), expectedNonce: openid.randomNonce() }
  const parameters = {
    redirect_uri: context.redirect_uri ?? context.client.redirect_uris[0],
    scope: SCOPE,
    code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  }
  return [checks, parameters]
}

/** Authorization code with PKCE; the configuration, what the client got, and how its browser came back. */
async function signedIn(context, { config, more, options, pushed, checked } = {}) {
  config ??= await discovered(context)
  const [checks, parameters] = await wishes(context, more)
  const url = pushed
    ? await openid.buildAuthorizationUrlWithPAR(config, parameters, options)
    : openid.buildAuthorizationUrl(config, parameters)
  const { location } = await visit(url)
  const tokens = await openid.authorizationCodeGrant(config, new URL(location), { ...checks, ...checked }, undefined, options)
  return { config, tokens, url, location }
}

/** The whole life of a grant: userinfo, two refreshes, introspection, revocation. */
async function lived(context, { options, ...how } = {}) {
  const { config, tokens, url, location } = await signedIn(context, { options, ...how })
  const claims = tokens.claims()
  const person = await openid.fetchUserInfo(config, tokens.access_token, claims.sub, options)
  const second = await openid.refreshTokenGrant(config, tokens.refresh_token, undefined, options)
  const third = await openid.refreshTokenGrant(config, second.refresh_token, { scope: 'openid books:read' }, options)
  const open = context.client.method === 'none'
  const active = open ? undefined : await openid.tokenIntrospection(config, third.access_token)
  await openid.tokenRevocation(config, third.refresh_token)
  const dead = open ? undefined : await openid.tokenIntrospection(config, third.access_token)
  return {
    type: tokens.token_type, expires: tokens.expiresIn(), scope: tokens.scope, claims, person, location,
    asked: url.searchParams.has('request_uri') ? [...url.searchParams.keys()].sort() : undefined,
    rotated: new Set([tokens, second, third].map((each) => each.refresh_token)).size,
    narrowed: third.scope, again: third.claims(), active, dead, introspected: open ? undefined : true,
    refused: await refusal(() => openid.refreshTokenGrant(config, third.refresh_token, undefined, options)),
    forgotten: await refusal(() => openid.fetchUserInfo(config, third.access_token, claims.sub, options)),
  }
}

async function bound(context, how = {}) {
  const config = await discovered(context)
  const keys = await openid.randomDPoPKeyPair('ES256')
  const DPoP = openid.getDPoPHandle(config, keys)
  return lived(context, { config, options: { DPoP }, ...how })
}

async function approved(context, answer) {
  const config = await discovered(context)
  const asked = await openid.initiateDeviceAuthorization(config, { scope: 'openid offline_access' })
  const shown = await visit(asked.verification_uri, { code: asked.user_code, answer })
  return [config, asked, shown]
}

await run({
  async discovery(context) {
    const [oidc, oauth] = await Promise.all(['oidc', 'oauth2'].map((each) => discovered(context, each)))
    return { oidc: oidc.serverMetadata(), oauth: oauth.serverMetadata(), pkce: oidc.serverMetadata().supportsPKCE() }
  },

  code: lived,
  pushed: (context) => lived(context, { pushed: true }),
  dpop: bound,
  dpopPushed: (context) => bound(context, { pushed: true }),

  // Another port than the registered address has: whatever the system had free.
  loopback: (context) => lived({ ...context, redirect_uri: context.client.redirect_uris[0].replace('127.0.0.1', '127.0.0.1:49152') }),

  async recent(context) {
    const first = await signedIn(context)
    await new Promise((over) => setTimeout(over, 1100)) // times are whole seconds
    const again = await signedIn(context, { config: first.config, more: { prompt: 'login', max_age: '300' }, checked: { maxAge: 300 } })
    const silent = await signedIn(context, { config: first.config, more: { prompt: 'none' } })
    return { first: first.tokens.claims(), again: again.tokens.claims(), silent: silent.tokens.claims() }
  },

  async credentials(context) {
    const config = await discovered(context)
    const tokens = await openid.clientCredentialsGrant(config, { scope: 'books:read', resource: context.api })
    const active = await openid.tokenIntrospection(config, tokens.access_token)
    await openid.tokenRevocation(config, tokens.access_token)
    const dead = await openid.tokenIntrospection(config, tokens.access_token)
    return {
      type: tokens.token_type, scope: tokens.scope, names: Object.keys(tokens).sort(), active, dead,
      people: await refusal(() => openid.clientCredentialsGrant(config, { scope: 'openid' })),
      foreign: await refusal(() => openid.clientCredentialsGrant(config, { scope: 'books:read', resource: 'https://elsewhere.example' })),
    }
  },

  async public(context) {
    const config = await discovered(context)
    return {
      credentials: await refusal(() => openid.clientCredentialsGrant(config, { scope: 'books:read' })),
      introspection: await refusal(() => openid.tokenIntrospection(config, 'at_nothing')),
    }
  },

  async impostor(context) {
    const wrong = { ...context.client }
    if (wrong.jwk) {
      const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])
      wrong.jwk = { ...(await crypto.subtle.exportKey('jwk', pair.privateKey)), kid: wrong.jwk.kid }
    } else wrong.client_secret = 'x'.repeat(43)
    const config = await discovered({ ...context, client: wrong })
    return refusal(() => openid.clientCredentialsGrant(config, { scope: 'books:read' }))
  },

  async device(context) {
    const [config, asked, shown] = await approved(context, 'yes')
    const tokens = await openid.pollDeviceAuthorizationGrant(config, asked, undefined, { signal: AbortSignal.timeout(30_000) })
    const person = await openid.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
    const second = await openid.refreshTokenGrant(config, tokens.refresh_token)
    return { asked, shown, scope: tokens.scope, claims: tokens.claims(), person, rotated: second.refresh_token !== tokens.refresh_token }
  },

  async deviceDenied(context) {
    const [config, asked] = await approved(context, 'no')
    return refusal(() => openid.pollDeviceAuthorizationGrant(config, { ...asked, interval: 1 }, undefined, { signal: AbortSignal.timeout(30_000) }))
  },

  async logout(context) {
    const { config, tokens } = await signedIn(context, { more: { scope: 'openid books:read' } })
    const wish = { post_logout_redirect_uri: context.goodbye, id_token_hint: tokens.id_token, state: 'a b&c' }
    const gone = await visit(openid.buildEndSessionUrl(config, wish))
    const foreign = await visit(openid.buildEndSessionUrl(config, { ...wish, post_logout_redirect_uri: 'https://evil.example/' }))
    const after = await visit(openid.buildAuthorizationUrl(config, (await wishes(context, { prompt: 'none' }))[1]))
    const refreshed = await refusal(() => openid.refreshTokenGrant(config, tokens.refresh_token))
    const person = await refusal(() => openid.fetchUserInfo(config, tokens.access_token, tokens.claims().sub))
    await signedIn(context, { config })
    const asked = await visit(openid.buildEndSessionUrl(config)) // no hint: the person is asked, and stays here
    return { gone, foreign, after, refreshed, person, asked }
  },

  async denied(context) {
    const config = await discovered(context)
    const [checks, parameters] = await wishes(context, { prompt: 'consent' })
    const { location } = await visit(openid.buildAuthorizationUrl(config, parameters), { answer: 'no' })
    return { location, refused: await refusal(() => openid.authorizationCodeGrant(config, new URL(location), checks)) }
  },

  async wrong(context) {
    const config = await discovered(context)
    const seen = {}
    const asked = {
      redirect: { redirect_uri: 'https://shop.example.evil.example/callback' },
      longer: { redirect_uri: `${context.client.redirect_uris[0]}?more=1` },
      scope: { scope: 'openid everything' },
      response: { response_type: 'code id_token' },
      resource: { resource: 'https://elsewhere.example' },
      plain: { code_challenge_method: 'plain' },
      silent: { prompt: 'none' },
      mode: { response_mode: 'fragment' },
      object: { request: 'eyJhbGciOiJub25lIn0.e30.' },
    }
    for (const [name, more] of Object.entries(asked)) {
      const [checks, parameters] = await wishes(context, more)
      const shown = await visit(openid.buildAuthorizationUrl(config, parameters))
      if (!shown.location) seen[name] = shown
      else seen[name] = { location: shown.location, ...(await refusal(() => openid.authorizationCodeGrant(config, new URL(shown.location), checks))) }
    }
    const [, parameters] = await wishes(context, asked.redirect)
    seen.pushed = await refusal(() => openid.buildAuthorizationUrlWithPAR(config, parameters))
    return seen
  },

  // What the server must not mind: parameters that it does not know, and a state of whatever bytes a client likes.
  async odd(context) {
    const state = ' a+b%20&state=x"<é>~/?#'
    const more = { state, audience: 'x', claims: '{"userinfo":{"email":null}}', ui_locales: 'de en', login_hint: 'ann', display: 'page', acr_values: 'aal2', vtr: '[]' }
    const { tokens, location } = await signedIn(context, { more, checked: { expectedState: state } })
    return { location, claims: tokens.claims() }
  },

  // What the client itself must refuse: answers that were not meant for it.
  async mixed(context) {
    const config = await discovered(context)
    const [checks, parameters] = await wishes(context)
    const { location } = await visit(openid.buildAuthorizationUrl(config, parameters))
    const other = (change) => {
      const url = new URL(location)
      change(url.searchParams)
      return refusal(() => openid.authorizationCodeGrant(config, url, checks))
    }
    const seen = {
      issuer: await other((each) => each.set('iss', 'https://evil.example')),
      none: await other((each) => each.delete('iss')),
      state: await other((each) => each.set('state', 'x')),
    }
    const nonce = await refusal(() => openid.authorizationCodeGrant(config, new URL(location), { ...checks, expectedNonce: 'x' }))
    return { ...seen, nonce, replayed: await refusal(() => openid.authorizationCodeGrant(config, new URL(location), checks)) }
  },

  async verifier(context) {
    const config = await discovered(context)
    const [checks, parameters] = await wishes(context)
    const { location } = await visit(openid.buildAuthorizationUrl(config, parameters))
    const wrong = { ...checks, pkceCodeVerifier: openid.randomPKCECodeVerifier() }
    return {
      wrong: await refusal(() => openid.authorizationCodeGrant(config, new URL(location), wrong)),
      right: await refusal(() => openid.authorizationCodeGrant(config, new URL(location), checks)),
    }
  },

  async registered(context) {
    const metadata = { redirect_uris: [context.redirect_uri], client_name: 'A new shop', scope: 'openid email', grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'client_secret_post' }
    const config = await openid.dynamicClientRegistration(new URL(context.issuer), metadata, undefined, { execute: [openid.allowInsecureRequests] })
    openid.enableNonRepudiationChecks(config)
    const { tokens } = await signedIn({ ...context, client: {} }, { config, more: { scope: 'openid email' } })
    const unfit = (more) => refusal(() => openid.dynamicClientRegistration(new URL(context.issuer), { ...metadata, ...more }, undefined, { execute: [openid.allowInsecureRequests] }))
    return {
      metadata: config.clientMetadata(), scope: tokens.scope, claims: tokens.claims(),
      address: await unfit({ redirect_uris: ['http://shop.example/'] }), grants: await unfit({ grant_types: ['client_credentials'] }),
    }
  },

  // An API behind our guard: with the token, without, with one of another resource, after it was revoked.
  async guarded(context) {
    const config = await discovered(context)
    const options = context.dpop ? { DPoP: openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256')) } : undefined
    const { tokens } = await signedIn(context, { config, options, more: { resource: context.api } })
    const ask = async (token = tokens.access_token, how = options) => {
      try {
        const reply = await openid.fetchProtectedResource(config, token, new URL(`${context.shelf}/books`), 'GET', undefined, undefined, how)
        return { status: reply.status, body: await reply.json() }
      } catch (error) {
        return { status: error.status ?? error.response?.status, code: error.code, challenge: error.cause, message: error.message }
      }
    }
    const first = await ask()
    const narrow = await openid.refreshTokenGrant(config, tokens.refresh_token, { scope: 'openid' }, options)
    const other = context.dpop ? undefined : await signedIn(context, { config, more: { resource: 'https://other.example' } })
    const seen = {
      first, narrow: await ask(narrow.access_token), foreign: other && (await ask(other.tokens.access_token)),
      stolen: context.dpop ? await ask(tokens.access_token, {}) : undefined,
      id: await ask(tokens.id_token),
    }
    await openid.tokenRevocation(config, tokens.access_token)
    const until = Date.now() + 15_000
    do {
      seen.revoked = await ask()
      if (seen.revoked.status === 401) break
      await new Promise((over) => setTimeout(over, 200))
    } while (Date.now() < until)
    seen.narrowed = await ask(narrow.access_token)
    return seen
  },
})
