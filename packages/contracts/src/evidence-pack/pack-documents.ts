import { canonicalJson, type JsonValue, parseStrictJson, utf8 } from "@narrowgate/kernel";
import { digest, id, id16, integer, listOf, literal, refuseInput, text } from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";

/** Transactions that may be drawn for a sample. */
export const MAX_SAMPLE = 10_000;

/** What an evidence pack speaks of. @see docs/spec/evidence-pack.md section 2 */
export type PackDocument = {
  readonly format: "narrowgate-evidence/1";
  /** Id of the agent. */
  readonly agent: string;
  /** Ref of the agent. */
  readonly ref: string;
  /** Release digest. */
  readonly release: string;
  /** Leaf id of the evaluation that is reported, which ends what the pack speaks of. */
  readonly evaluation: string;
  /** Unix milliseconds. */
  readonly since: number;
  /** Transactions that were to be drawn, 1 to {@link MAX_SAMPLE}. */
  readonly sample: number;
  readonly made_by: { readonly version: string; readonly verifier: string };
};

/** What an evidence pack holds, said at its end. @see docs/spec/evidence-pack.md K-11 */
export type PackEnd = {
  readonly format: "narrowgate-evidence-end/1";
  readonly leaves: number;
  readonly population: number;
  readonly sensitive: number;
  readonly sampled: number;
  readonly transactions: number;
  readonly procedures: readonly string[];
  /** H of all bytes of the archive before the header of this file. */
  readonly digest: string;
};

const words = text({ min: 1, max: 1024 });

const readPack: Reader<PackDocument> = shape<PackDocument>({
  format: literal("narrowgate-evidence/1"),
  agent: words,
  ref: id,
  release: digest,
  evaluation: id16,
  since: integer(),
  sample: integer({ min: 1, max: MAX_SAMPLE }),
  made_by: shape<PackDocument["made_by"]>({ version: text({ min: 1, max: 64 }), verifier: digest }),
});

const readEnd: Reader<PackEnd> = shape<PackEnd>({
  format: literal("narrowgate-evidence-end/1"),
  leaves: integer(),
  population: integer(),
  sensitive: integer(),
  sampled: integer(),
  transactions: integer(),
  procedures: listOf(digest, { max: 4096 }),
  digest,
});

/** A document of a pack as it stands in its file: canonical JSON and one newline. */
export function packFile(document: JsonValue): Uint8Array<ArrayBuffer> {
  return utf8(`${canonicalJson(document)}\n`);
}

const limits = { maxDepth: 96, maxKeys: 16_000_000 };

/**
 * Reads a document of a pack. Trust: `bytes` are attacker-controlled.
 * @throws NarrowgateError `malformed_json`, `malformed_input` when it is not what {@link packFile} writes
 */
export function parsePackFile(bytes: Uint8Array, name: string): JsonValue {
  const value = parseStrictJson(bytes, { ...limits, maxBytes: Math.max(1, bytes.length) });
  const written = packFile(value);
  if (written.length !== bytes.length || !written.every((byte, at) => byte === bytes[at]))
    refuseInput("", `${name} is not canonical JSON and one newline`);
  return value;
}

/** Reads what a pack speaks of. Trust: attacker-controlled. @throws NarrowgateError `malformed_input` */
export function parsePackDocument(value: unknown): PackDocument {
  return readPack(value, "");
}

/** Reads the end of a pack. Trust: attacker-controlled. @throws NarrowgateError `malformed_input` */
export function parsePackEnd(value: unknown): PackEnd {
  return readEnd(value, "");
}
