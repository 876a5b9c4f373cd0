// oauth4webapi, step by step: each reply of the server is processed by a library that takes nothing for granted.

import * as oauth from 'oauth4webapi'
import { refusal, run, visit } from './person.mjs'

const insecure = { [oauth.allowInsecureRequests]: true }
const SCOPE = 'openid email offline_access books:read'

async function discovered({ issuer }, algorithm = 'oidc') {
  const url = new URL(issuer)
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm, ...insecure }))
}

async function authentication({ method, client_secret: secret, jwk }) {
  if (method === 'client_secret_basic') return oauth.ClientSecretBasic(secret)
  if (method === 'client_secret_post') return oauth.ClientSecretPost(secret)
  if (method === 'none') return oauth.None()
  const { kid, alg, use, key_ops, ...plain } = jwk
  const key = await crypto.subtle.importKey('jwk', plain, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
  return oauth.PrivateKeyJwt({ key, kid })
}

async function party(context) {
  const [as, auth] = await Promise.all([discovered(context), authentication(context.client)])
  return { as, auth, client: { client_id: context.client.client_id } }
}

async function wishes(context, more = {}) {
  const verifier = oauth.generateRandomCodeVerifier()
  const parameters = {
    client_id: context.client.client_id, redirect_uri: context.client.redirect_uris[1], response_type: 'code', scope: SCOPE,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(), ...more,
  }
  return { verifier, parameters }
}

async function redeemed({ as, auth, client }, context, { verifier, parameters }, location, how) {
  const callback = oauth.validateAuthResponse(as, client, new URL(location), parameters.state)
  const reply = await oauth.authorizationCodeGrantRequest(as, client, auth, callback, parameters.redirect_uri, verifier, { ...insecure, ...how })
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, reply, { expectedNonce: parameters.nonce, requireIdToken: true })
  await oauth.validateApplicationLevelSignature(as, reply, insecure)
  return tokens
}

async function code(context, how = {}) {
  const asker = await party(context)
  const { as, auth, client } = asker
  const wish = await wishes(context, { resource: context.api })
  const url = new URL(as.authorization_endpoint)
  if (how.push) {
    const reply = await oauth.pushedAuthorizationRequest(as, client, auth, wish.parameters, { ...insecure, ...how.options })
    const pushed = await oauth.processPushedAuthorizationResponse(as, client, reply)
    how.expires = pushed.expires_in
    url.search = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri })
  } else url.search = new URLSearchParams(wish.parameters)
  const { location } = await visit(url)
  const tokens = await redeemed(asker, context, wish, location, how.options)
  const again = how.push ? await visit(url) : undefined // a pushed request is good once
  return { asker, tokens, location, again }
}

/** What a resource that knows nothing but the metadata makes of a token (RFC 9068, RFC 9449). */
async function atResource(as, context, token, { DPoP, type = 'Bearer', audience = context.api } = {}) {
  const request = new Request(`${context.api}/books`, { headers: { authorization: `${DPoP ? 'DPoP' : type} ${token}` } })
  if (DPoP) {
    await DPoP.addProof(new URL(request.url), request.headers, 'GET', token)
  }
  return oauth.validateJwtAccessToken(as, request, audience, { ...insecure, requireDPoP: Boolean(DPoP) })
}

await run({
  async discovery(context) {
    const [oidc, plain] = await Promise.all(['oidc', 'oauth2'].map((each) => discovered(context, each)))
    const keys = await (await fetch(oidc.jwks_uri)).json()
    return { oidc, plain, keys: keys.keys }
  },

  async code(context) {
    const { asker, tokens, location } = await code(context)
    const { as, auth, client } = asker
    const claims = oauth.getValidatedIdTokenClaims(tokens)
    const heard = await oauth.userInfoRequest(as, client, tokens.access_token, insecure)
    const person = await oauth.processUserInfoResponse(as, client, claims.sub, heard)
    const access = await atResource(as, context, tokens.access_token)
    const elsewhere = await refusal(() => atResource(as, context, tokens.access_token, { audience: 'https://elsewhere.example' }))
    const confused = await refusal(() => atResource(as, context, tokens.id_token))
    const reply = await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, insecure)
    const refreshed = await oauth.processRefreshTokenResponse(as, client, reply)
    await oauth.validateApplicationLevelSignature(as, reply, insecure)
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, refreshed.access_token, insecure))
    const dead = await refusal(async () =>
      oauth.processUserInfoResponse(as, client, claims.sub, await oauth.userInfoRequest(as, client, refreshed.access_token, insecure)))
    return { claims, person, access, elsewhere, confused, dead, location, again: oauth.getValidatedIdTokenClaims(refreshed) }
  },

  async pushed(context) {
    const how = { push: true }
    const { tokens, again } = await code(context, how)
    const asker = await party(context)
    const plain = new URL(asker.as.authorization_endpoint)
    const { parameters } = await wishes(context)
    plain.search = new URLSearchParams(parameters)
    return { claims: oauth.getValidatedIdTokenClaims(tokens), expires: how.expires, again, unpushed: await visit(plain) }
  },

  async dpop(context) {
    const client = { client_id: context.client.client_id }
    const keys = await oauth.generateKeyPair(context.algorithm)
    const DPoP = oauth.DPoP(client, keys)
    const { asker, tokens } = await code(context, { options: { DPoP } })
    const { as, auth } = asker
    const claims = oauth.getValidatedIdTokenClaims(tokens)
    const heard = await oauth.userInfoRequest(as, client, tokens.access_token, { DPoP, ...insecure })
    const person = await oauth.processUserInfoResponse(as, client, claims.sub, heard)
    const access = await atResource(as, context, tokens.access_token, { DPoP })
    const thief = { DPoP: oauth.DPoP(client, await oauth.generateKeyPair('ES256')) }
    const theft = async (how) => {
      const reply = await oauth.userInfoRequest(as, client, tokens.access_token, { ...how, ...insecure })
      return oauth.processUserInfoResponse(as, client, claims.sub, reply)
    }
    const again = async (how) => {
      const reply = await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, { ...how, ...insecure })
      return oauth.processRefreshTokenResponse(as, client, reply)
    }
    return {
      type: tokens.token_type, thumbprint: await DPoP.calculateThumbprint(), person, access,
      downgraded: await refusal(() => theft({})), stolen: await refusal(() => theft(thief)),
      unproven: await refusal(() => again({})), rebound: await refusal(() => again(thief)),
      refreshed: (await again({ DPoP })).token_type,
    }
  },

  async credentials(context) {
    const { as, auth, client } = await party(context)
    const reply = await oauth.clientCredentialsGrantRequest(as, client, auth, { scope: 'books:read' }, insecure)
    const tokens = await oauth.processClientCredentialsResponse(as, client, reply)
    const asked = await oauth.introspectionRequest(as, client, auth, tokens.access_token, insecure)
    return {
      access: context.opaque ? undefined : await atResource(as, context, tokens.access_token),
      told: await oauth.processIntrospectionResponse(as, client, asked), token: tokens.access_token.slice(0, 3),
    }
  },

  async device(context) {
    const { as, auth, client } = await party(context)
    const begun = await oauth.deviceAuthorizationRequest(as, client, auth, { scope: 'openid', resource: context.api }, insecure)
    const asked = await oauth.processDeviceAuthorizationResponse(as, client, begun)
    const poll = async () => {
      const reply = await oauth.deviceCodeGrantRequest(as, client, auth, asked.device_code, insecure)
      const tokens = await oauth.processDeviceCodeResponse(as, client, reply)
      await oauth.validateApplicationLevelSignature(as, reply, insecure)
      return tokens
    }
    const [pending, hasty] = [await refusal(poll), await refusal(poll)]
    const wrong = await visit(asked.verification_uri, { code: 'BCDF-BCDF' })
    const shown = await visit(asked.verification_uri_complete, { code: asked.user_code })
    const tokens = await poll()
    return { asked, pending, hasty, wrong, shown, claims: oauth.getValidatedIdTokenClaims(tokens), replayed: await refusal(poll) }
  },
})
