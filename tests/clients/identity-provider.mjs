// An OpenID provider for tests: node identity-provider.mjs '{"port", "clients", "people", "seconds"}'. Says its address, then serves.
import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import { Provider } from "oidc-provider";

const { port, clients, people, seconds, more } = JSON.parse(process.argv[2]);
const server = createServer().listen(port, "127.0.0.1", serve);

function key(kind, options, alg) {
  return { ...generateKeyPairSync(kind, options).privateKey.export({ format: "jwk" }), alg, use: "sig", kid: `${alg}-${Date.now()}` };
}

async function account(_, id) {
  return people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) };
}

// Nobody is asked whether the client may know him: all clients are ours.
async function grant(ctx) {
  const { client, session, provider } = ctx.oidc;
  const given = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  given.addOIDCScope("openid profile groups");
  await given.save();
  return given;
}

function serve() {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const named = Object.fromEntries(clients.map((each) => [each.client_id, each]));
  const provider = new Provider(issuer, {
    clients: clients.map(({ claims, resource, seconds, ...each }) => each),
    jwks: { keys: [key("rsa", { modulusLength: 2048 }, "RS256"), key("ec", { namedCurve: "P-256" }, "ES256")] },
    cookies: { keys: ["only for tests"] },
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], groups: ["groups"] },
    scopes: ["openid", "profile", "groups", "commands"],
    conformIdTokenClaims: false,
    findAccount: account,
    loadExistingGrant: grant,
    extraTokenClaims: (_, token) => named[token.clientId]?.claims,
    ttl: { ClientCredentials: (_, token, client) => named[client.clientId]?.seconds ?? seconds, AccessToken: seconds, IdToken: seconds },
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_, client) => named[client.clientId]?.resource,
        getResourceServerInfo: (_, resource) => ({
          scope: "commands", audience: resource, accessTokenFormat: "jwt", accessTokenTTL: seconds,
          jwt: { sign: { alg: resource.endsWith("/ec") ? "ES256" : "RS256" } },
        }),
      },
    },
    ...more,
  });
  server.on("request", provider.callback());
  console.log(issuer);
}
