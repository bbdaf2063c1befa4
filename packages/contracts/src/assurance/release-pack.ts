import { canonicalJson, type JsonObject, parseStrictJson, utf8 } from "@narrowgate/kernel";
import { digest, id16, jsonObject, listOf, oneOf, text } from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";
import type { AttestedClaim, ReleaseManifest } from "./release-manifest.ts";

/**
 * What a pack is for. `narrowgate-tested/1`: goes from where a release was tested to where it is promoted.
 * `narrowgate-release/1`: what an auditor is given of a release.
 */
export const RELEASE_PACK_FORMATS = ["narrowgate-tested/1", "narrowgate-release/1"] as const;

/** A release with the proof of what it rests on, in one file. @see docs/spec/release.md section 5 */
export type ReleasePack = {
  readonly format: (typeof RELEASE_PACK_FORMATS)[number];
  /** Id of the agent. */
  readonly agent: string;
  /** What its author and platforms say of it: part of the manifest, and so of the release digest. */
  readonly attested: ReleaseManifest["attested"];
  readonly declared: ReleaseManifest["declared"];
  /** Release digest. */
  readonly release: string;
  /** Leaf id of the evaluation in the proof. */
  readonly evaluation: string;
  /** A proof bundle about the release, as JSON; read and verified as a bundle. */
  readonly proof: JsonObject;
};

/** Largest pack that is read, in bytes. */
export const MAX_PACK_BYTES: number = 64 * 1024 * 1024;

const words = text({ min: 1, max: 1024 });

const readDeclared: Reader<Readonly<Record<string, string>>> = (value, path) =>
  Object.fromEntries(
    Object.entries(jsonObject(value, path)).map(([name, item]) => [name, words(item, `${path}/${name}`)]),
  );

const readPack: Reader<ReleasePack> = shape<ReleasePack>({
  format: oneOf(RELEASE_PACK_FORMATS),
  agent: words,
  attested: listOf(shape<AttestedClaim>({ by: words, claim: words, value: words }), { max: 64 }),
  declared: readDeclared,
  release: digest,
  evaluation: id16,
  proof: jsonObject,
});

/**
 * Reads a pack. Nothing in it is verified, and its proof is not read.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_input`
 */
export function parseReleasePack(value: unknown): ReleasePack {
  return readPack(value, "");
}

/** Reads a pack from a file. @throws NarrowgateError `malformed_json`, `malformed_input` */
export function parseReleasePackBytes(bytes: Uint8Array): ReleasePack {
  const limits = { maxBytes: MAX_PACK_BYTES, maxDepth: 96, maxKeys: 4_000_000 };
  return parseReleasePack(parseStrictJson(bytes, limits));
}

/** Writes a pack: canonical JSON and one newline. */
export function formatReleasePack(pack: ReleasePack): Uint8Array<ArrayBuffer> {
  return utf8(`${canonicalJson(pack)}\n`);
}

/** The file of its proof bundle. */
export function packProof({ proof }: Pick<ReleasePack, "proof">): Uint8Array<ArrayBuffer> {
  return utf8(`${canonicalJson(proof)}\n`);
}
