import type { JsonObject } from "@narrowgate/kernel";
import { integer, jsonObject, listOf, oneOf, refuseInput, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";
import type { AgentSpec, IssuerSpec, RegistryDocument, ServerSpec, SettingsSpec } from "./document.ts";
import { refuseSecrets } from "./find-secret.ts";
import { readAgent } from "./parse-agent.ts";
import { type EntitlementSpec, readEntitlement } from "./parse-entitlements.ts";
import { readServer, refuseTwice } from "./parse-server.ts";

/** What a trusted issuer may sign for. */
export const ISSUER_USES = ["subject", "workload"] as const;

const url = text({ min: 1, max: 1024, pattern: /^https?:\/\/[\x21-\x7e]+$/ });
// A workload of SPIFFE names its trust domain, which has no address: its keys are given in the file.
const issuerName = text({
  min: 1,
  max: 1024,
  pattern: /^(?:https?:\/\/[\x21-\x7e]+|spiffe:\/\/[a-z0-9._-]{1,255})$/,
});
const names = listOf(text({ min: 1, max: 256 }), { min: 1, max: 32 });

const readJwks: Reader<JsonObject> = (value, path) => {
  const { keys } = shape({ keys: listOf(jsonObject, { min: 1, max: 64 }) })(value, path);
  return { keys };
};

type WireIssuer = {
  readonly issuer: string;
  readonly uses: readonly (typeof ISSUER_USES)[number][];
  readonly jwks?: JsonObject;
  readonly jwks_uri?: string;
  readonly audiences?: readonly string[];
  readonly instance_claims?: readonly string[];
  readonly groups_claim?: string;
};

const readWireIssuer = shape<WireIssuer>({
  issuer: issuerName,
  uses: listOf(oneOf(ISSUER_USES), { min: 1, max: 2 }),
  jwks: optional(readJwks),
  jwks_uri: optional(url),
  audiences: optional(names),
  instance_claims: optional(names),
  groups_claim: optional(text({ min: 1, max: 256 })),
});

const readIssuer: Reader<IssuerSpec> = (value, path) => {
  const wire = readWireIssuer(value, path);
  const { jwks_uri: jwksUri, instance_claims: instanceClaims, groups_claim: groupsClaim, ...rest } = wire;
  if (rest.jwks !== undefined && jwksUri !== undefined)
    refuseInput(`${path}/jwks_uri`, "stands beside jwks: give one");
  if (rest.issuer.startsWith("spiffe:") && rest.uses.includes("subject"))
    refuseInput(`${path}/uses`, "a trust domain signs for workloads alone");
  return {
    ...rest,
    ...(jwksUri === undefined ? {} : { jwksUri }),
    ...(instanceClaims === undefined ? {} : { instanceClaims }),
    ...(groupsClaim === undefined ? {} : { groupsClaim }),
  };
};

type WireSettings = {
  readonly token_life_seconds?: number;
  readonly mandate_life_seconds?: number;
  readonly mandate_idle_seconds?: number;
  readonly retain_content_days?: number;
  readonly retain_inputs_days?: number;
  readonly retain_proof_days?: number;
};

const days = integer({ min: 1, max: 36_500 });

const readWireSettings = shape<WireSettings>({
  token_life_seconds: optional(integer({ min: 30, max: 900 })),
  mandate_life_seconds: optional(integer({ min: 60, max: 2_592_000 })),
  mandate_idle_seconds: optional(integer({ min: 10, max: 86_400 })),
  retain_content_days: optional(days),
  retain_inputs_days: optional(days),
  retain_proof_days: optional(days),
});

const readSettings: Reader<SettingsSpec> = (value, path) => {
  const wire = readWireSettings(value, path);
  const { token_life_seconds, mandate_life_seconds, mandate_idle_seconds } = wire;
  const { retain_content_days: content, retain_inputs_days: inputs, retain_proof_days: proof } = wire;
  return {
    ...(token_life_seconds === undefined ? {} : { tokenLifeSeconds: token_life_seconds }),
    ...(mandate_life_seconds === undefined ? {} : { mandateLifeSeconds: mandate_life_seconds }),
    ...(mandate_idle_seconds === undefined ? {} : { mandateIdleSeconds: mandate_idle_seconds }),
    ...(content === undefined ? {} : { retainContentDays: content }),
    ...(inputs === undefined ? {} : { retainInputsDays: inputs }),
    ...(proof === undefined ? {} : { retainProofDays: proof }),
  };
};

type WireDocument = {
  readonly agents?: readonly AgentSpec[];
  readonly servers?: readonly ServerSpec[];
  readonly issuers?: readonly IssuerSpec[];
  readonly policies?: readonly string[];
  readonly entitlements?: readonly EntitlementSpec[];
  readonly settings?: SettingsSpec;
};

// Relative, inside the folder of the file, and no other characters than a glob needs.
const glob = text({ min: 1, max: 256, pattern: /^(?!\/)(?!.*\.\.)[A-Za-z0-9_\-./*?]+$/ });

const readWireDocument = shape<WireDocument>({
  agents: optional(listOf(readAgent, { max: 100_000 })),
  servers: optional(listOf(readServer, { max: 4096 })),
  issuers: optional(listOf(readIssuer, { max: 256 })),
  policies: optional(listOf(glob, { max: 256 })),
  entitlements: optional(listOf(readEntitlement, { max: 4096 })),
  settings: optional(readSettings),
});

function checkReferences(document: RegistryDocument): void {
  const ids = document.agents.map((agent) => agent.id);
  refuseTwice(ids, "/agents");
  refuseTwice(
    document.servers.map((server) => server.id),
    "/servers",
  );
  refuseTwice(
    document.issuers.map((issuer) => issuer.issuer),
    "/issuers",
  );
  const known = new Set(ids);
  document.agents.forEach(({ delegates }, i) => {
    delegates.forEach((delegate, j) => {
      if (!known.has(delegate)) refuseInput(`/agents/${i}/delegates/${j}`, "names no agent of this file");
    });
  });
}

/**
 * Reads the registry file after YAML parsing: unknown keys are errors that name the path, defaults are filled in.
 * Trust: written by an operator; still bounded and strict. Ceilings are parsed by the authority package.
 * @throws NarrowgateError `malformed_input` naming the path; `secret_in_config` naming the path of a value that
 * looks like a secret, never the value
 */
export function parseRegistryDocument(value: unknown): RegistryDocument {
  // ORDER: secrets first, so that no other message can quote anything from a file that holds one.
  refuseSecrets(value);
  const wire = readWireDocument(value, "");
  const document = {
    agents: wire.agents ?? [],
    servers: wire.servers ?? [],
    issuers: wire.issuers ?? [],
    policies: wire.policies ?? [],
    ...(wire.entitlements === undefined ? {} : { entitlements: wire.entitlements }),
    settings: wire.settings ?? {},
  };
  checkReferences(document);
  return document;
}
