import {
  type AgentRecord,
  DATA_CLASSES,
  type EntitlementSpec,
  ISSUER_USES,
  type Lifecycle,
  parseResponseRules,
  RISK_TIERS,
  readBoundedSchema,
  type ServerRecord,
  type StoreRecord,
  TOOL_EFFECTS,
  type ToolRecord,
  UPSTREAM_REQUESTS,
  type Upstream,
  type WorkloadBinding,
} from "@narrowgate/contracts";
import { type JsonValue, readArray, readBoolean, readEnum, readString } from "@narrowgate/kernel";
import type { IssuerRow, PinRow, PolicyRow, SettingsRow } from "./rows.ts";
import { countOf, ifPresent, type Row, readRow, rowsOf, textOf, textsOf } from "./stored-values.ts";

const STATES: readonly Lifecycle[] = ["registered", "active", "suspended", "retired"];

interface Stamped {
  readonly ref: string;
  readonly entry: string;
  readonly version: number;
}

function stampOf(row: Row, path: string): Stamped {
  return {
    ref: textOf(row, "ref", path),
    entry: textOf(row, "entry", path),
    version: countOf(row, "version", path),
  };
}

function claimRule(value: JsonValue, path: string): string | readonly string[] {
  return Array.isArray(value)
    ? readArray(value, path, (item, at) => readString(item, at))
    : readString(value, path);
}

function parseBinding(row: Row, path: string): WorkloadBinding {
  const method = readEnum(row["method"], `${path}/method`, ["enrolment", "oidc", "spiffe", "consent"]);
  if (method === "enrolment") return { method };
  if (method === "consent") {
    if (row["registration"] !== undefined)
      return {
        method,
        registration: readEnum<"open">(row["registration"], `${path}/registration`, ["open"]),
      };
    if (row["client_id"] !== undefined) return { method, client_id: textOf(row, "client_id", path) };
    const uris = readArray(row["redirect_uris"], `${path}/redirect_uris`, (item, at) => readString(item, at));
    return { method, redirect_uris: uris };
  }
  if (method === "spiffe") {
    const match = ifPresent(row, "match", "match", () =>
      readEnum<"exact" | "path">(row["match"], `${path}/match`, ["exact", "path"]),
    );
    return { method, trust_domain: textOf(row, "trust_domain", path), id: textOf(row, "id", path), ...match };
  }
  const claims = Object.entries(readRow(row["claims"], `${path}/claims`));
  return {
    method,
    issuer: textOf(row, "issuer", path),
    claims: Object.fromEntries(claims.map(([name, rule]) => [name, claimRule(rule, `${path}/claims`)])),
  };
}

/** Reads a stored agent; its id is the key of the row. @throws NarrowgateError `malformed_input` */
export function parseAgentRow(id: string, value: JsonValue): AgentRecord {
  const path = `/agent/${id}`;
  const row = readRow(value, path);
  return {
    id,
    ...stampOf(row, path),
    state: readEnum(row["state"], `${path}/state`, STATES),
    owner: textOf(row, "owner", path),
    deputy: textOf(row, "deputy", path),
    purpose: textOf(row, "purpose", path),
    tier: readEnum(row["tier"], `${path}/tier`, RISK_TIERS),
    expires: countOf(row, "expires", path),
    delegates: textsOf(row, "delegates", path),
    ceiling: readRow(row["ceiling"], `${path}/ceiling`),
    bindings: rowsOf(row, "bindings", path).map((binding, i) =>
      parseBinding(binding, `${path}/bindings/${i}`),
    ),
  };
}

function parseOperation(row: Row, path: string): ToolRecord {
  return {
    name: textOf(row, "name", path),
    dataClass: readEnum(row["dataClass"], `${path}/dataClass`, DATA_CLASSES),
    effect: readEnum(row["effect"], `${path}/effect`, TOOL_EFFECTS),
    egress: readBoolean(row["egress"], `${path}/egress`),
    scope: textOf(row, "scope", path),
    ...ifPresent(row, "untrusted", "untrusted", () => readBoolean(row["untrusted"], `${path}/untrusted`)),
    ...ifPresent(row, "amount", "amount", () => textOf(row, "amount", path)),
    ...ifPresent(row, "rows", "rows", () => textOf(row, "rows", path)),
    ...ifPresent(row, "sanitisedOutput", "sanitisedOutput", () =>
      readBoundedSchema(row["sanitisedOutput"], `${path}/sanitisedOutput`),
    ),
  };
}

function parseStore(row: Row, path: string): StoreRecord {
  return {
    dataClass: readEnum(row["dataClass"], `${path}/dataClass`, DATA_CLASSES),
    untrusted: readBoolean(row["untrusted"], `${path}/untrusted`),
  };
}

function parseUpstream(row: Row, path: string): Upstream {
  if (row["transport"] === "http") {
    const auth = readEnum(row["auth"], `${path}/auth`, ["none", "exchanged"]);
    return { transport: "http", url: textOf(row, "url", path), auth };
  }
  const env = ifPresent(row, "env", "env", () => {
    const variables = Object.entries(readRow(row["env"], `${path}/env`));
    return Object.fromEntries(variables.map(([name, text]) => [name, readString(text, `${path}/env`)]));
  });
  return {
    transport: readEnum(row["transport"], `${path}/transport`, ["stdio"]),
    command: textsOf(row, "command", path),
    isolation: readEnum(row["isolation"], `${path}/isolation`, ["user", "container", "none"]),
    ...ifPresent(row, "cwd", "cwd", () => textOf(row, "cwd", path)),
    ...env,
    ...ifPresent(row, "user", "user", () => textOf(row, "user", path)),
  };
}

/** Reads a stored server; its id is the key of the row, its pins have rows of their own. @throws NarrowgateError `malformed_input` */
export function parseServerRow(id: string, value: JsonValue): ServerRecord {
  const path = `/server/${id}`;
  const row = readRow(value, path);
  const list = (name: string): readonly ToolRecord[] =>
    rowsOf(row, name, path).map((operation, i) => parseOperation(operation, `${path}/${name}/${i}`));
  return {
    id,
    ...stampOf(row, path),
    state: readEnum(row["state"], `${path}/state`, STATES),
    upstream: parseUpstream(readRow(row["upstream"], `${path}/upstream`), `${path}/upstream`),
    tools: list("tools"),
    prompts: list("prompts"),
    resources: list("resources"),
    ...ifPresent(row, "store", "store", () =>
      parseStore(readRow(row["store"], `${path}/store`), `${path}/store`),
    ),
    ...ifPresent(row, "responseRules", "responseRules", () =>
      parseResponseRules(row["responseRules"], `${path}/responseRules`),
    ),
    allowUpstreamRequests: readArray(
      row["allowUpstreamRequests"],
      `${path}/allowUpstreamRequests`,
      (item, at) => readEnum(item, at, UPSTREAM_REQUESTS),
    ),
  };
}

/** Reads a stored issuer. @throws NarrowgateError `malformed_input` */
export function parseIssuerRow(value: JsonValue, path: string): IssuerRow {
  const row = readRow(value, path);
  const { ref, version, entry } = stampOf(row, path);
  const record = {
    issuer: textOf(row, "issuer", path),
    entry,
    uses: readArray(row["uses"], `${path}/uses`, (item, at) => readEnum(item, at, ISSUER_USES)),
    ...ifPresent(row, "jwks", "jwks", () => readRow(row["jwks"], `${path}/jwks`)),
    ...ifPresent(row, "jwksUri", "jwksUri", () => textOf(row, "jwksUri", path)),
    ...ifPresent(row, "audiences", "audiences", () => textsOf(row, "audiences", path)),
    ...ifPresent(row, "instanceClaims", "instanceClaims", () => textsOf(row, "instanceClaims", path)),
    ...ifPresent(row, "groupsClaim", "groupsClaim", () => textOf(row, "groupsClaim", path)),
  };
  return { record, ref, version, live: readBoolean(row["live"], `${path}/live`) };
}

/** Reads a stored pin. @throws NarrowgateError `malformed_input` */
export function parsePinRow(value: JsonValue, path: string): PinRow {
  const row = readRow(value, path);
  return {
    ...stampOf(row, path),
    server: textOf(row, "server", path),
    kind: readEnum(row["kind"], `${path}/kind`, ["tool", "prompt", "resource"]),
    name: textOf(row, "name", path),
    digest: textOf(row, "digest", path),
    definition: readRow(row["definition"], `${path}/definition`),
  };
}

function parseEntitlement(row: Row, path: string): EntitlementSpec {
  return {
    ...ifPresent(row, "group", "group", () => textOf(row, "group", path)),
    ...ifPresent(row, "issuer", "issuer", () => textOf(row, "issuer", path)),
    ...ifPresent(row, "subject", "subject", () => textOf(row, "subject", path)),
    authority: readRow(row["authority"], `${path}/authority`),
  };
}

/** Reads the stored settings. @throws NarrowgateError `malformed_input` */
export function parseSettingsRow(value: JsonValue, path: string): SettingsRow {
  const row = readRow(value, path);
  const given = readRow(row["settings"], `${path}/settings`);
  const count = <K extends string>(name: K): { readonly [P in K]?: number } =>
    ifPresent(given, name, name, () => countOf(given, name, path));
  return {
    ...stampOf(row, path),
    settings: {
      ...count("tokenLifeSeconds"),
      ...count("mandateLifeSeconds"),
      ...count("mandateIdleSeconds"),
      ...count("retainContentDays"),
      ...count("retainInputsDays"),
      ...count("retainProofDays"),
      ...ifPresent(given, "entitlements", "entitlements", () =>
        rowsOf(given, "entitlements", path).map((one, i) =>
          parseEntitlement(one, `${path}/entitlements/${i}`),
        ),
      ),
    },
  };
}

/** Reads the stored policies. @throws NarrowgateError `malformed_input` */
export function parsePolicyRow(value: JsonValue, path: string): PolicyRow {
  const row = readRow(value, path);
  const bundle = readRow(row["bundle"], `${path}/bundle`);
  const files = rowsOf(bundle, "files", `${path}/bundle`).map((file, i) => ({
    name: textOf(file, "name", `${path}/bundle/files/${i}`),
    text: textOf(file, "text", `${path}/bundle/files/${i}`),
  }));
  return {
    digest: textOf(row, "digest", path),
    procedure: textOf(row, "procedure", path),
    entry: textOf(row, "entry", path),
    bundle: { files, schema: textOf(bundle, "schema", `${path}/bundle`) },
  };
}
