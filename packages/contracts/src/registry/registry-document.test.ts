import { readFileSync } from "node:fs";
import { isNarrowgateError, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { findSecret } from "./find-secret.ts";
import { parseRegistryDocument } from "./parse-registry.ts";
import { REGISTRY_SCHEMA } from "./schema.ts";

const agent = {
  id: "triage",
  owner: "ana@example.test",
  deputy: "ben@example.test",
  purpose: "sorts tickets",
  tier: "T1",
  expires: "2027-06-30",
  ceiling: { scope: ["files:read"], resource: ["https://gate.example/mcp/files"], authorization_details: [] },
};
const tool = { name: "read_text_file", data_class: "internal", effect: "read", egress: false };
const stdio = {
  id: "files",
  upstream: { transport: "stdio", command: ["node", "server.mjs", "/data"] },
  tools: [tool],
};
const http = {
  id: "memory",
  upstream: { transport: "http", url: "http://127.0.0.1:9000/mcp", auth: "exchanged" },
};
const issuer = { issuer: "https://idp.example", uses: ["subject"], jwks_uri: "https://idp.example/keys" };

const full: JsonObject = {
  agents: [
    {
      ...agent,
      delegates: ["refund"],
      bindings: [
        { method: "enrolment" },
        {
          method: "oidc",
          issuer: "https://k8s.example",
          claims: { sub: "system:serviceaccount:a:b", aud: ["x", "y"] },
        },
        {
          method: "spiffe",
          trust_domain: "example.test",
          id: "spiffe://example.test/triage",
          match: "exact",
        },
        {
          method: "consent",
          redirect_uris: ["https://app.example/cb", "http://127.0.0.1:8123/cb", "cursor://anysphere/cb"],
        },
        { method: "consent", client_id: "https://app.example/client.json" },
        { method: "consent", registration: "open" },
      ],
    },
    { ...agent, id: "refund", tier: "T3", expires: 1814313600 },
  ],
  servers: [
    {
      ...stdio,
      upstream: { ...stdio.upstream, cwd: "/srv", env: { LANG: "C.UTF-8" }, isolation: "none", user: "mcp" },
      prompts: [{ name: "summary", data_class: "public" }],
      resources: [{ prefix: "file:///tickets/", data_class: "internal", scope: "tickets:read" }],
      allow_upstream_requests: ["roots/list"],
    },
    http,
  ],
  issuers: [
    issuer,
    { issuer: "spiffe://prod.example", uses: ["workload"], jwks: { keys: [{ kty: "EC" }] } },
    {
      issuer: "https://ci.example",
      uses: ["workload"],
      jwks: { keys: [{ kty: "OKP" }] },
      audiences: ["a"],
      instance_claims: ["run_id"],
    },
  ],
  policies: ["policies/**/*.cedar"],
  settings: { token_life_seconds: 300, mandate_life_seconds: 3600, mandate_idle_seconds: 600 },
};

const good: Record<string, JsonValue> = {
  empty: {},
  full,
  agent: { agents: [agent] },
  servers: { servers: [stdio, http] },
};

function inAgent(change: JsonObject): JsonObject {
  return { agents: [{ ...agent, ...change }] };
}
function inServer(change: JsonObject): JsonObject {
  return { servers: [{ ...stdio, ...change }] };
}

/** What both the parser and the schema refuse, by the pointer the parser names. */
const bad: Record<string, readonly [pointer: string, value: JsonValue]> = {
  "unknown key at the top": ["/agnets", { agnets: [] }],
  "unknown key in an agent": ["/agents/0/colour", inAgent({ colour: "red" })],
  "unknown key in an upstream": [
    "/servers/0/upstream/shell",
    inServer({ upstream: { ...stdio.upstream, shell: true } }),
  ],
  "unknown tier": ["/agents/0/tier", inAgent({ tier: "T4" })],
  "no owner": ["/agents/0/owner", inAgent({ owner: "" })],
  "date in words": ["/agents/0/expires", inAgent({ expires: "next year" })],
  "id with a blank": ["/agents/0/id", inAgent({ id: "my agent" })],
  "binding without a method": ["/agents/0/bindings/0/method", inAgent({ bindings: [{}] })],
  "binding without claims": [
    "/agents/0/bindings/0/claims",
    inAgent({ bindings: [{ method: "oidc", issuer: "https://x.example", claims: {} }] }),
  ],
  ...Object.fromEntries(
    [
      "http://app.example/cb",
      "http://127.0.0.1.evil.example/cb",
      "javascript:alert(1)",
      "data:text/html,x",
      "/cb",
      "https://app.example/a b",
    ].map((uri) => [
      `redirect to ${uri}`,
      [
        "/agents/0/bindings/0/redirect_uris/0",
        inAgent({ bindings: [{ method: "consent", redirect_uris: [uri] }] }),
      ] as const,
    ]),
  ),
  "metadata document in the clear": [
    "/agents/0/bindings/0/client_id",
    inAgent({ bindings: [{ method: "consent", client_id: "http://app.example/client.json" }] }),
  ],
  "public client with two rules in one": [
    "/agents/0/bindings/0/redirect_uris",
    inAgent({
      bindings: [
        { method: "consent", client_id: "https://app.example/c", redirect_uris: ["https://app.example/cb"] },
      ],
    }),
  ],
  "registration that is not open": [
    "/agents/0/bindings/0/registration",
    inAgent({ bindings: [{ method: "consent", registration: "closed" }] }),
  ],
  "command as text": [
    "/servers/0/upstream/command",
    inServer({ upstream: { transport: "stdio", command: "node x" } }),
  ],
  "unknown transport": ["/servers/0/upstream/transport", inServer({ upstream: { transport: "ssh" } })],
  "tool without an effect": [
    "/servers/0/tools/0/effect",
    inServer({ tools: [{ name: "x", data_class: "public", egress: false }] }),
  ],
  "tool named by a path": ["/servers/0/tools/0/name", inServer({ tools: [{ ...tool, name: "../x" }] })],
  "unknown data class": [
    "/servers/0/tools/0/data_class",
    inServer({ tools: [{ ...tool, data_class: "secret" }] }),
  ],
  "upstream request of another kind": [
    "/servers/0/allow_upstream_requests/0",
    inServer({ allow_upstream_requests: ["tools/call"] }),
  ],
  "trust domain with a path": [
    "/issuers/0/issuer",
    { issuers: [{ ...issuer, issuer: "spiffe://prod.example/x" }] },
  ],
  "trust domain in capitals": [
    "/issuers/0/issuer",
    { issuers: [{ ...issuer, issuer: "spiffe://Prod.example" }] },
  ],
  "issuer with both key sources": ["/issuers/0/jwks_uri", { issuers: [{ ...issuer, jwks: { keys: [{}] } }] }],
  "policy outside the folder": ["/policies/0", { policies: ["../x.cedar"] }],
  "token life over 15 minutes": ["/settings/token_life_seconds", { settings: { token_life_seconds: 901 } }],
};

/** What only the parser can see. */
const beyondSchema: Record<string, readonly [pointer: string, value: JsonValue]> = {
  "a day that does not exist": ["/agents/0/expires", inAgent({ expires: "2027-02-30" })],
  "an agent twice": ["/agents/1", { agents: [agent, agent] }],
  "a tool twice": ["/servers/0/tools/1", inServer({ tools: [tool, tool] })],
  "trust domain that signs for people": [
    "/issuers/0/uses",
    { issuers: [{ ...issuer, issuer: "spiffe://prod.example" }] },
  ],
  "a delegate nobody declares": ["/agents/0/delegates/0", inAgent({ delegates: ["ghost"] })],
};

const validate = new Ajv2020({ strict: true, strictRequired: false }).compile(REGISTRY_SCHEMA);

function messageOf(value: unknown): string {
  try {
    parseRegistryDocument(value);
  } catch (error) {
    return isNarrowgateError(error) ? error.message : `not ours: ${error}`;
  }
  return "nothing thrown";
}

describe("the schema of a ceiling, for editors", () => {
  const holds = (detail: JsonValue): boolean =>
    validate(inAgent({ ceiling: { authorization_details: [detail] } }));
  const reads = { type: "mcp_tool", server: "files", tools: ["read_text_file"] };

  test.each<[string, JsonObject]>([
    ["a tool", reads],
    [
      "constraints of every kind",
      {
        ...reads,
        constraints: {
          "/path": { prefix: "a/" },
          "/n": { min: 1, max: 2 },
          "/a~1b/0": { one_of: [1, "x", null] },
        },
      },
    ],
    [
      "limits",
      { ...reads, data_class: "internal", caps: { calls: 3, "amount:EUR": 5 }, depth: 0, expires: 9 },
    ],
    ["a resource", { type: "mcp_resource", server: "files", uris: { prefix: "file:///data/" } }],
    ["a prompt", { type: "mcp_prompt", server: "files", prompts: ["summary"] }],
  ])("takes %s", (_, detail) => {
    expect(holds(detail)).toBe(true);
  });

  test.each<[string, JsonObject]>([
    ["no type", { server: "files", tools: ["read_text_file"] }],
    ["a member of another type", { ...reads, uris: { prefix: "x" } }],
    ["a mistyped member", { ...reads, constraint: {} }],
    ["no tool", { ...reads, tools: [] }],
    ["an operator that does not exist", { ...reads, constraints: { "/path": { like: "x" } } }],
    ["a constraint without operator", { ...reads, constraints: { "/path": {} } }],
    ["a pointer without slash", { ...reads, constraints: { path: { equals: "x" } } }],
    ["an unknown cap", { ...reads, caps: { euros: 3 } }],
    ["an unknown class", { ...reads, data_class: "secret" }],
  ])("refuses %s", (_, detail) => {
    expect(holds(detail)).toBe(false);
  });
});

describe("the registry file", () => {
  test.each(Object.keys(good))("is accepted by parser and schema: %s", (name) => {
    expect(messageOf(good[name])).toBe("nothing thrown");
    expect(validate(good[name])).toBe(true);
  });

  test.each(Object.entries(bad))(
    "is refused by parser and schema, naming the path: %s",
    (_, [pointer, value]) => {
      expect(messageOf(value)).toContain(`malformed_input: ${pointer}:`);
      expect(validate(value)).toBe(false);
    },
  );

  test.each(Object.entries(beyondSchema))("is refused by the parser alone: %s", (_, [pointer, value]) => {
    expect(messageOf(value)).toContain(`malformed_input: ${pointer}:`);
    expect(validate(value)).toBe(true);
  });

  test("gets its defaults filled in", () => {
    const { agents, servers, settings } = parseRegistryDocument({ agents: [agent], servers: [stdio] });
    expect(agents[0]).toMatchObject({ delegates: [], bindings: [], expires: 1814313600 });
    expect(servers[0]).toMatchObject({
      upstream: { isolation: "user" },
      tools: [{ name: "read_text_file", dataClass: "internal", scope: "files:read" }],
      prompts: [],
      allowUpstreamRequests: [],
    });
    expect(settings).toEqual({});
  });

  test("has the schema that is published", () => {
    const page = readFileSync(
      new URL("../../../../docs/reference/narrowgate.schema.json", import.meta.url),
      "utf8",
    );
    expect(JSON.parse(page)).toEqual(REGISTRY_SCHEMA);
  });
});

// Put together at run time, so that no scanner takes this file for a leak.
const noise = "q7Zp1vX9mK3tB8sW2yR5";
const secrets: Record<string, readonly [pointer: string, value: JsonValue]> = {
  "private key": ["/agents/0/purpose", inAgent({ purpose: `-----BEGIN EC ${"PRIVATE"} KEY-----` })],
  "private JWK": [
    "/issuers/0/jwks/keys/0",
    { issuers: [{ ...issuer, jwks: { keys: [{ kty: "OKP", d: "AAAA" }] } }] },
  ],
  "GitHub token": [
    "/servers/0/upstream/env/X",
    inServer({ upstream: { ...stdio.upstream, env: { X: `ghp_${noise}` } } }),
  ],
  "cloud key": [
    "/servers/0/upstream/env/X",
    inServer({ upstream: { ...stdio.upstream, env: { X: `AKIA${"ABCDEFGH12345678"}` } } }),
  ],
  "value under a telling name": [
    "/servers/0/upstream/env/DB_PASSWORD",
    inServer({ upstream: { ...stdio.upstream, env: { DB_PASSWORD: "hunter2" } } }),
  ],
  "random value under `token`": [
    "/servers/0/upstream/env/MY_TOKEN",
    inServer({ upstream: { ...stdio.upstream, env: { MY_TOKEN: noise } } }),
  ],
  "argument of a command": [
    "/servers/0/upstream/command/1",
    inServer({ upstream: { transport: "stdio", command: ["x", `--api-key=${noise}`] } }),
  ],
  "password in an address": [
    "/servers/0/upstream/url",
    inServer({ upstream: { transport: "http", url: `https://u:${noise}@x.example/` } }),
  ],
  "under an unknown key": ["/secret", { secret: noise }],
};

describe("a secret in the registry file", () => {
  test.each(Object.entries(secrets))(
    "is refused by its path, and not repeated: %s",
    (_, [pointer, value]) => {
      expect(messageOf(value)).toBe(`secret_in_config: ${pointer}: looks like a secret`);
    },
  );

  test("is not seen in what only sounds like one", () => {
    const harmless = {
      env: {
        TOKEN_FILE: "/run/secrets/token",
        TOKEN: "none",
        AUTH: "basic",
        SECRET_NAME: "db",
        MAX_TOKENS: "4096",
      },
      token_life_seconds: 300,
      purpose: "resets a password for a person who asks",
      command: ["--token-file=/run/token", "--key", "value"],
      keys: [{ kty: "EC", crv: "P-256", x: noise, y: noise }],
    };
    expect(findSecret(harmless)).toBeUndefined();
  });
});
