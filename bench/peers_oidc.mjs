// node's oidc-provider as a peer: ES256, rotating refresh tokens, JWT and opaque access tokens, everything in its memory.
// Prints what a client needs to know as JSON; `mint N` on stdin makes N refresh tokens; it ends with stdin.
import { createInterface } from "node:readline";
import { createServer } from "node:http";
import { generateKeyPairSync, randomUUID } from "node:crypto";

const where = process.argv[2]; // the folder of node_modules
const { default: Provider } = await import(`${where}/oidc-provider/lib/index.js`);

const API = "https://api.example.test";
const SECRET = "a secret of a client's, which is long enough";
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = { ...privateKey.export({ format: "jwk" }), alg: "ES256", use: "sig", kid: "one" };

const log = console.log;
console.log = console.info = console.warn = () => {};

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const { port } = server.address();

const provider = new Provider(`http://localhost:${port}`, {
  jwks: { keys: [key] },
  cookies: { keys: [randomUUID()] },
  clients: [
    {
      client_id: "shop", client_secret: SECRET, token_endpoint_auth_method: "client_secret_basic",
      grant_types: ["authorization_code", "refresh_token", "client_credentials"], response_types: ["code"],
      redirect_uris: ["https://shop.example.test/callback"], id_token_signed_response_alg: "ES256", scope: "openid offline_access read",
    },
  ],
  scopes: ["openid", "offline_access", "read"],
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  rotateRefreshToken: true,
  enabledJWA: { idTokenSigningAlgValues: ["ES256"] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => API,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        audience: API, scope: "read", accessTokenFormat: "jwt", accessTokenTTL: 300, jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
});
server.on("request", provider.callback());

const client = await provider.Client.find("shop");

async function mint() {
  const accountId = randomUUID();
  const grant = new provider.Grant({ accountId, clientId: "shop" });
  grant.addOIDCScope("offline_access");
  grant.addResourceScope(API, "read");
  const grantId = await grant.save();
  const refresh = new provider.RefreshToken({
    accountId, client, grantId, gty: "authorization_code", scope: "offline_access read", resource: API, authTime: Math.floor(Date.now() / 1000),
    rotations: 0, iiat: Math.floor(Date.now() / 1000),
  });
  return refresh.save();
}

async function opaque() {
  const token = new provider.ClientCredentials({ client, scope: "read" });
  token.expiresIn = 3600;
  return token.save();
}

log(JSON.stringify({ port, opaque: await opaque(), client: "shop", secret: SECRET }));
for await (const line of createInterface({ input: process.stdin })) {
  const [word, count] = line.split(" ");
  if (word === "mint") {
    const tokens = [];
    for (let number = 0; number < Number(count); number += 1) tokens.push(await mint());
    log(JSON.stringify(tokens));
  } else if (word === "opaque") {
    log(JSON.stringify(await opaque())); // its memory forgets all but the last thousand
  }
}
process.exit(0);
