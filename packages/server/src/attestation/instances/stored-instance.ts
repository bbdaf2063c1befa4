import { ASSURANCES, type StateReader } from "@narrowgate/contracts";
import {
  type JsonObject,
  type JsonValue,
  parseStrictJson,
  readEnum,
  readInteger,
  readObject,
  readString,
} from "@narrowgate/kernel";
import { loadRows } from "../../platform/store/load-rows.ts";
import type { AttestationMethod } from "../attestation-leaf.ts";
import type { InstanceRecord } from "../ports.ts";

/** Room of the state table; key is the instance ref. */
export const INSTANCE_ROOM = "instance";

/** An instance as this room keeps it. */
export interface Instance extends InstanceRecord {
  readonly agentRef: string;
  readonly method: AttestationMethod;
  /** Digest of the workload binding it came in by; taken away, it ends the instance. */
  readonly binding: string;
  /** Registry name of the issuer that vouched for it; empty for an enrolment. */
  readonly vouchedBy: string;
  /** Digest of the platform's own name for it; empty for an enrolment, but for one by a person's consent. */
  readonly platform: string;
  /** What the operator or workload calls it; empty when it has no name. */
  readonly name: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

const MEMBERS = [
  "agent",
  "agentRef",
  "jkt",
  "jwk",
  "entry",
  "assurance",
  "method",
  "binding",
  "vouchedBy",
  "platform",
  "name",
  "firstMs",
  "lastMs",
] as const;

/** Whether people let it in: only such an enrolment has a name of a platform's, which is the consent's. */
export function byConsent(method: AttestationMethod, platform: string): Pick<InstanceRecord, "byConsent"> {
  return method === "enrolment" && platform !== "" ? { byConsent: true } : {};
}

/** The row of an instance. */
export function formatInstance({ ref: _, jwk, byConsent: __, ...rest }: Instance): JsonObject {
  // The key as text: its form was checked when it came in, and reading it back needs no second schema.
  return { ...rest, jwk: JSON.stringify(jwk) };
}

function parseKey(text: string): JsonObject {
  const value = parseStrictJson(text, { maxDepth: 2 });
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? Object.fromEntries(Object.entries(value)) : {};
}

function parseInstance(ref: string, value: JsonValue): Instance {
  const path = `/${INSTANCE_ROOM}/${ref}`;
  const row = readObject(value, path, MEMBERS);
  const text = (name: (typeof MEMBERS)[number]): string =>
    readString(row[name], `${path}/${name}`, { max: 4096 });
  const time = (name: (typeof MEMBERS)[number]): number => readInteger(row[name], `${path}/${name}`);
  const method = readEnum<AttestationMethod>(row.method, `${path}/method`, ["enrolment", "oidc", "spiffe"]);
  return {
    ref,
    agent: text("agent"),
    agentRef: text("agentRef"),
    jkt: text("jkt"),
    jwk: parseKey(text("jwk")),
    entry: text("entry"),
    assurance: readEnum(row.assurance, `${path}/assurance`, ASSURANCES),
    method,
    binding: text("binding"),
    vouchedBy: text("vouchedBy"),
    platform: text("platform"),
    name: text("name"),
    firstMs: time("firstMs"),
    lastMs: time("lastMs"),
    ...byConsent(method, text("platform")),
  };
}

/** All kept instances. @throws `malformed_input` when a row is not what we wrote */
export function loadInstances(state: StateReader): Promise<readonly Instance[]> {
  return loadRows(state, INSTANCE_ROOM, (value, _, key) => parseInstance(key, value));
}
