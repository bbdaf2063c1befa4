import type { JsonObject } from "@narrowgate/kernel";
import { DATA_CLASSES } from "./data-classes.ts";
import { DETAIL_SCHEMA } from "./detail-schema.ts";
import { REDIRECT_PATTERN, RISK_TIERS } from "./parse-agent.ts";
import { ISSUER_USES } from "./parse-registry.ts";
import { RESPONSE_RULE_SCHEMA } from "./parse-response-rules.ts";
import { TOOL_EFFECTS, UPSTREAM_REQUESTS } from "./parse-server.ts";

const name = { type: "string", pattern: "^[A-Za-z0-9_-][A-Za-z0-9_.-]*$", maxLength: 128 };
const operation = { type: "string", pattern: "^[A-Za-z0-9_-][A-Za-z0-9_\\-./]*$", maxLength: 128 };
const url = { type: "string", pattern: "^https?://[\\x21-\\x7e]+$", maxLength: 1024 };
const sentence = { type: "string", minLength: 1, maxLength: 512 };
const argument = { type: "string", maxLength: 4096 };
const nameList = {
  type: "array",
  items: { type: "string", minLength: 1, maxLength: 256 },
  minItems: 1,
  maxItems: 32,
};

function closed(required: readonly string[], properties: JsonObject, description?: string): JsonObject {
  const base = { type: "object", additionalProperties: false, required, properties };
  return description === undefined ? base : { ...base, description };
}

function authorityOf(description: string): JsonObject {
  return closed(
    ["authorization_details"],
    {
      scope: {
        type: "array",
        items: { type: "string" },
        description: "Absent: the scopes of what the details name.",
      },
      resource: {
        type: "array",
        items: { type: "string" },
        description: "Absent: the gate's address of each server the details name.",
      },
      authorization_details: { type: "array", maxItems: 64, items: DETAIL_SCHEMA },
    },
    description,
  );
}

const entitlement = {
  ...closed(
    ["authority"],
    {
      group: {
        type: "string",
        minLength: 1,
        maxLength: 256,
        description: "A group, as its issuer states it.",
      },
      issuer: { ...url, description: "Issuer that states the group; absent: any." },
      subject: {
        type: "string",
        pattern: "^https?://[\\x21-\\x7e]+#[^\\0]+$",
        minLength: 3,
        maxLength: 1024,
        description: "One person: issuer, `#` and `sub`.",
      },
      authority: authorityOf("What an agent may be given on their behalf."),
    },
    "What some people may have agents do.",
  ),
  oneOf: [{ required: ["group"] }, { required: ["subject"] }],
};

const claimRule = {
  oneOf: [
    { type: "string", minLength: 1, maxLength: 1024 },
    { type: "array", items: { type: "string", minLength: 1, maxLength: 1024 }, minItems: 1, maxItems: 64 },
  ],
};

const binding = {
  description: "Which workload is this agent.",
  oneOf: [
    closed(["method"], { method: { const: "enrolment" } }),
    closed(["method", "issuer", "claims"], {
      method: { const: "oidc" },
      issuer: url,
      claims: { type: "object", minProperties: 1, maxProperties: 64, additionalProperties: claimRule },
    }),
    closed(["method", "trust_domain", "id"], {
      method: { const: "spiffe" },
      trust_domain: { type: "string", pattern: "^[a-z0-9._-]+$", maxLength: 255 },
      id: { type: "string", pattern: "^spiffe://[\\x21-\\x7e]+$", maxLength: 2048 },
      match: { enum: ["exact", "path"] },
    }),
    closed(["method", "redirect_uris"], {
      method: { const: "consent" },
      redirect_uris: {
        type: "array",
        items: {
          type: "string",
          pattern: REDIRECT_PATTERN,
          minLength: 3,
          maxLength: 1024,
        },
        minItems: 1,
        maxItems: 16,
      },
    }),
    closed(["method", "client_id"], {
      method: { const: "consent" },
      client_id: { type: "string", pattern: "^https://[\\x21-\\x7e]+$", minLength: 12, maxLength: 1024 },
    }),
    closed(["method", "registration"], { method: { const: "consent" }, registration: { const: "open" } }),
  ],
};

const agent = closed(["id", "owner", "deputy", "purpose", "tier", "expires", "ceiling"], {
  id: name,
  owner: { ...sentence, description: "The person who answers for it." },
  deputy: { ...sentence, description: "The person who answers when the owner cannot." },
  purpose: sentence,
  tier: {
    enum: RISK_TIERS,
    description:
      "T1 read-only; T2 writes or sensitive data; T3 money, irreversible effects or spawning agents.",
  },
  expires: {
    description: "A date (its first second, UTC) or Unix seconds.",
    oneOf: [
      { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$" },
      { type: "integer", minimum: 0, maximum: 253_402_300_799 },
    ],
  },
  delegates: { type: "array", items: name, maxItems: 256, description: "Agents it may hand off to." },
  ceiling: authorityOf("The most this agent may ever hold."),
  bindings: { type: "array", items: binding, maxItems: 32 },
});

const upstream = {
  oneOf: [
    closed(["transport", "command"], {
      transport: { const: "stdio" },
      command: { type: "array", items: argument, minItems: 1, maxItems: 256 },
      cwd: argument,
      env: {
        type: "object",
        maxProperties: 64,
        propertyNames: { pattern: "^[A-Za-z_][A-Za-z0-9_]{0,127}$" },
        additionalProperties: argument,
      },
      isolation: { enum: ["user", "container", "none"], default: "user" },
      user: { type: "string", pattern: "^[a-z_][a-z0-9_-]*$", maxLength: 64 },
    }),
    closed(["transport", "url"], {
      transport: { const: "http" },
      url: { ...url, maxLength: 2048 },
      auth: { enum: ["none", "exchanged"], default: "none" },
    }),
  ],
};

const pointer: JsonObject = { type: "string", pattern: "^(?:/(?:[^~/]|~[01])+)+$", maxLength: 256 };

const milder: JsonObject = {
  data_class: { enum: DATA_CLASSES },
  effect: { enum: TOOL_EFFECTS },
  egress: { type: "boolean", description: "Whether it sends data out of the organisation." },
  scope: { type: "string", pattern: "^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$", maxLength: 256 },
  untrusted: {
    type: "boolean",
    default: true,
    description: "Whether its answers may hold content of strangers.",
  },
  amount: {
    ...pointer,
    description: "JSON Pointer into its arguments to the amount it moves, in minor units.",
  },
  rows: { ...pointer, description: "JSON Pointer into its result to the list whose items are rows." },
};

const server = closed(["id", "upstream"], {
  id: name,
  upstream,
  tools: {
    type: "array",
    maxItems: 1024,
    items: closed(["name", "data_class", "effect", "egress"], {
      name: operation,
      ...milder,
      sanitised_output: {
        type: "object",
        required: ["type", "properties"],
        description:
          "What it can answer at most, so that its answer carries its own class alone, whatever store it read: objects, arrays with maxItems, integers with minimum and maximum, booleans, and texts out of an enum.",
      },
    }),
  },
  prompts: {
    type: "array",
    maxItems: 1024,
    items: closed(["name", "data_class"], { name: operation, ...milder }),
  },
  resources: {
    type: "array",
    maxItems: 1024,
    items: closed(["prefix", "data_class"], {
      prefix: { type: "string", pattern: "^[a-z][a-z0-9+.-]*:[\\x21-\\x7e]*$", maxLength: 1024 },
      ...milder,
    }),
  },
  store: closed(
    ["data_class"],
    { data_class: { enum: DATA_CLASSES }, untrusted: { type: "boolean", default: true } },
    "The place its operations write to and read from: nothing above its class is written.",
  ),
  response_rules: { type: "array", maxItems: 64, items: RESPONSE_RULE_SCHEMA },
  allow_upstream_requests: { type: "array", maxItems: 3, items: { enum: UPSTREAM_REQUESTS } },
});

const issuer = {
  ...closed(["issuer", "uses"], {
    issuer: {
      type: "string",
      pattern: "^(?:https?://[\\x21-\\x7e]+|spiffe://[a-z0-9._-]{1,255})$",
      maxLength: 1024,
      description: "Issuer of OpenID Connect, or `spiffe://` and a trust domain.",
    },
    uses: { type: "array", minItems: 1, maxItems: 2, items: { enum: ISSUER_USES } },
    jwks: closed(["keys"], { keys: { type: "array", minItems: 1, maxItems: 64, items: { type: "object" } } }),
    jwks_uri: url,
    audiences: nameList,
    instance_claims: nameList,
    groups_claim: {
      type: "string",
      minLength: 1,
      maxLength: 256,
      description: "Claim that lists a person's groups, such as `groups` or `realm_access/roles`.",
    },
  }),
  not: { required: ["jwks", "jwks_uri"] },
};

/**
 * JSON Schema (2020-12) of the registry file, for editors. The parser is the authority: it also refuses secrets,
 * doubled names and delegates that name nobody, which a schema cannot say.
 */
export const REGISTRY_SCHEMA: JsonObject = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Narrowgate registry",
  ...closed([], {
    agents: { type: "array", maxItems: 100_000, items: agent },
    servers: { type: "array", maxItems: 4096, items: server },
    issuers: { type: "array", maxItems: 256, items: issuer },
    policies: {
      type: "array",
      maxItems: 256,
      items: { type: "string", maxLength: 256, pattern: "^(?!/)(?!.*\\.\\.)[A-Za-z0-9_\\-./*?]+$" },
      description: "Globs of Cedar files, relative to this file.",
    },
    entitlements: {
      type: "array",
      maxItems: 4096,
      items: entitlement,
      description: "Absent: they stay as they are. Once there are any, nobody has agents do more.",
    },
    settings: closed([], {
      token_life_seconds: { type: "integer", minimum: 30, maximum: 900 },
      mandate_life_seconds: { type: "integer", minimum: 60, maximum: 2_592_000 },
      mandate_idle_seconds: { type: "integer", minimum: 10, maximum: 86_400 },
      retain_content_days: { type: "integer", minimum: 1, maximum: 36_500 },
      retain_inputs_days: { type: "integer", minimum: 1, maximum: 36_500 },
      retain_proof_days: { type: "integer", minimum: 1, maximum: 36_500 },
    }),
  }),
};
