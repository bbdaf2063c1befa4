import type { JsonObject } from "@narrowgate/kernel";
import { digest, integer, jsonObject, listOf, literal, oneOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";
import { parseReleaseManifest, type ReleaseManifest } from "./release-manifest.ts";

/** Kinds of operations that a server can offer. */
const KINDS = ["tool", "prompt", "resource"] as const;

/** A definition that was approved, as the server of it states it. */
export type PilotDefinition = {
  readonly server: string;
  readonly kind: (typeof KINDS)[number];
  readonly name: string;
  readonly definition: JsonObject;
};

/** What an agent was seen doing: how much, and with what. Of no call the arguments. */
export type PilotRecord = {
  /** Unix milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly calls: number;
  /** Calls within its busiest minute. */
  readonly busiest_minute: number;
  readonly used: readonly {
    readonly server: string;
    readonly kind: (typeof KINDS)[number];
    readonly name: string;
    readonly calls: number;
  }[];
};

/**
 * An agent with everything its release is made of, as a sandbox needs it to stand there under the same release digest.
 * Nothing in it is of the instance it came from: no reference, address, command, key or person but owner and deputy.
 * @see docs/design/drills.md
 */
export type Pilot = {
  readonly format: "narrowgate-pilot/1";
  readonly agent: string;
  readonly release: string;
  readonly manifest: ReleaseManifest;
  /** It first, then those it may hand work to, in the names of the registry file; its own address written `{issuer}`. */
  readonly agents: readonly JsonObject[];
  /** In the names of the registry file, without `upstream`. */
  readonly servers: readonly JsonObject[];
  readonly definitions: readonly PilotDefinition[];
  /** In the names of the registry file; absent where no mapping is in force. */
  readonly entitlements?: readonly JsonObject[];
  /** Texts of the policies that can apply to those agents. */
  readonly policies: readonly string[];
  readonly record: PilotRecord;
};

const words = text({ min: 1, max: 4096 });
const count = integer();
const kind = oneOf(KINDS);

const readRecord = shape<PilotRecord>({
  from: count,
  to: count,
  calls: count,
  busiest_minute: count,
  used: listOf(shape<PilotRecord["used"][number]>({ server: words, kind, name: words, calls: count }), {
    max: 4096,
  }),
});

const readPilot: Reader<Pilot> = shape<Pilot>({
  format: literal("narrowgate-pilot/1"),
  agent: words,
  release: digest,
  manifest: parseReleaseManifest,
  agents: listOf(jsonObject, { min: 1, max: 4096 }),
  servers: listOf(jsonObject, { max: 4096 }),
  definitions: listOf(shape<PilotDefinition>({ server: words, kind, name: words, definition: jsonObject }), {
    max: 65_536,
  }),
  entitlements: optional(listOf(jsonObject, { max: 4096 })),
  policies: listOf(text({ max: 4_194_304 }), { max: 65_536 }),
  record: readRecord,
});

/**
 * Reads a pilot.
 * Trust: `value` comes from an instance over its socket; definitions in it were written by tool servers.
 * @throws NarrowgateError `malformed_input`
 */
export function parsePilot(value: unknown): Pilot {
  return readPilot(value, "");
}
