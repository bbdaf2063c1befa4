import { bundleSeal, type EarlierHead, formatProofBundle, parseProofBundle } from "@narrowgate/contracts";
import { NarrowgateError, parseStrictJson, sha256, toBase64url } from "@narrowgate/kernel";
import {
  consistencyProof,
  parseCheckpoint,
  parseNote,
  type TileCoordinates,
  tileHashReader,
  tilePath,
} from "@narrowgate/tlog";
import { MAX_BUNDLE_BYTES } from "@narrowgate/verifier";
import { fetchFromIssuer } from "../agent/reach-issuer.ts";
import { type KeptHead, keptHeads } from "./kept-heads.ts";

/** Bytes of a full tile. */
const MAX_TILE = 8192;

function tileReader(log: string): (tile: TileCoordinates) => Promise<Uint8Array> {
  return async ({ level, index, width }) => {
    const response = await fetchFromIssuer(`${log}/${tilePath(level, index, width)}`, { redirect: "error" });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.ok && bytes.length <= MAX_TILE) return bytes;
    throw new NarrowgateError("fetch_failed", "the public log does not give a tile of its own tree");
  };
}

/**
 * Adds to a bundle the heads that were given out before, each with the proof that the bundle's head extends it: whoever
 * holds a trust file of ours then needs no witness to see that the log was only added to.
 * Trust: tiles are public and unproven; a wrong one gives a proof that does not verify.
 * @param baseUrl - of the instance, for its public log; @param further - heads to be linked beside those
 */
export async function linkHeads(
  bytes: Uint8Array,
  baseUrl: string,
  env: NodeJS.ProcessEnv,
  further: readonly KeptHead[] = [],
): Promise<Uint8Array> {
  const limits = { maxBytes: MAX_BUNDLE_BYTES, maxKeys: 16_000_000 };
  const { seal: _, ...bundle } = parseProofBundle(parseStrictJson(bytes, limits));
  const { origin, size } = parseCheckpoint(parseNote(bundle.checkpoint).text);
  const bySize = new Map([...(await keptHeads(env, origin)), ...further].map((head) => [head.size, head]));
  const heads = [...bySize.values()].filter((head) => head.size < size).sort((a, b) => b.size - a.size);
  if (heads.length === 0) return bytes;
  const reader = tileHashReader(sha256, size, tileReader(`${new URL(baseUrl).protocol}//${origin}`));
  const prove = async (head: KeptHead): Promise<EarlierHead> => {
    const proof = await consistencyProof(sha256, head.size, size, reader);
    return { checkpoint: head.note, consistency: proof.map(toBase64url) };
  };
  const earlier = await Promise.all([...heads].reverse().map(prove));
  const linked = { ...bundle, earlier: [...bundle.earlier, ...earlier] };
  return formatProofBundle({ ...linked, seal: bundleSeal(sha256, linked) });
}
