import { open } from "node:fs/promises";
import { foundation, full } from "@narrowgate/assurance";
import {
  keptBack,
  MAX_PACK_BYTES,
  parseProofBundle,
  parseReleasePackBytes,
  profileDigest,
  type ReleasePack,
} from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import type { PackReport } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import type { Call } from "../command.ts";
import { checkPack } from "../evidence/check-bundle.ts";
import { cleanText } from "../terminal/clean-text.ts";
import type { GateAnswer } from "./gate-answer.ts";

const HOUR_MS = 3_600_000;

async function readPack(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    if ((await handle.stat()).size > MAX_PACK_BYTES)
      throw new NarrowgateError("request_too_large", `${file} is larger than any pack of a release`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Digest of the profile that is asked for by its name. @throws `usage` */
function wantedProfile(call: Call): string | undefined {
  const name = call.text("profile");
  if (name === undefined) return undefined;
  const found = [foundation, full].find((profile) => profile.name === name);
  if (found === undefined) throw new NarrowgateError("usage", "--profile is foundation or full");
  return profileDigest(nodeCrypto().sha256, found);
}

function wantedAge(call: Call): number | undefined {
  const text = call.text("max-age");
  if (text === undefined) return undefined;
  if (!/^[1-9][0-9]{0,4}$/.test(text)) throw new NarrowgateError("usage", "--max-age is a number of hours");
  return Number(text) * HOUR_MS;
}

/** How a release ended that the pack says was in force; undefined while it is. */
function endedBy(pack: ReleasePack): string | undefined {
  const last = parseProofBundle(pack.proof)
    .entries.flatMap(({ leaf }) => (leaf.type === "release" ? [leaf.body.action] : []))
    .findLast((action) => action !== "proposed" && action !== "signed");
  return last === "activated" ? undefined : last;
}

function blocksOfRelease(pack: ReleasePack, { certificate }: PackReport): readonly string[] {
  if (pack.format === "narrowgate-tested/1") return [];
  if (certificate === undefined) return ["the four have not signed it, or it was never brought into force"];
  const ended = endedBy(pack);
  return ended === undefined ? [] : [`it was ${ended} afterwards`];
}

function blocksOf(call: Call, pack: ReleasePack, found: PackReport): readonly string[] {
  const { evaluation } = found;
  const blocks: string[] = [];
  const agent = call.text("agent");
  if (agent !== undefined && agent !== pack.agent)
    blocks.push(`it is of the agent ${cleanText(pack.agent, 128)}`);
  const digest = call.text("digest");
  if (digest !== undefined && digest !== pack.release)
    blocks.push(`it is another release than ${cleanText(digest, 64)}`);
  if (evaluation === undefined) return [...blocks, "it has no evaluation"];
  const profile = wantedProfile(call);
  if (profile !== undefined && profile !== evaluation.profile)
    blocks.push("it was held to another gate profile");
  const maxAgeMs = wantedAge(call);
  if (maxAgeMs !== undefined && Date.now() - evaluation.at > maxAgeMs)
    blocks.push("its evaluation is older than asked for");
  const kept = keptBack(evaluation);
  if (kept.length > 0) blocks.push(`controls keep it back: ${kept.join(", ")}`);
  return [...blocks, ...blocksOfRelease(pack, found)];
}

/**
 * Whether the release of a pack is ready, by what the pack proves to whoever holds the trust file.
 * Trust: the pack may come from anybody; the trust file is the caller's own.
 * @throws `verification_failed` with the first rule that fails; `usage`, `malformed_json`, `malformed_input`
 */
export async function gateOfFile(call: Call, file: string): Promise<GateAnswer> {
  // Without one a pack only agrees with itself, and anybody can write such a pack.
  if (call.text("trust") === undefined)
    throw new NarrowgateError("usage", "--trust FILE is missing: whose log is believed?");
  const bytes = await readPack(file);
  const pack = parseReleasePackBytes(bytes);
  const found = await checkPack(call, bytes);
  const [failure] = found.report.failures;
  if (failure !== undefined)
    throw new NarrowgateError("verification_failed", `${failure.rule}: ${failure.message}`);
  const { verdict, log } = found.report;
  if (verdict !== "verified" && verdict !== "verified, unwitnessed")
    throw new NarrowgateError("verification_failed", `the pack is ${verdict}, which is not enough here`);
  const blocks = blocksOf(call, pack, found);
  return {
    agent: pack.agent,
    ready: blocks.length === 0,
    blocks,
    release: pack.release,
    facts: {
      format: pack.format,
      verdict,
      evaluated_at: found.evaluation?.at ?? 0,
      profile: found.evaluation?.profile ?? "",
    },
    source: `${cleanText(log?.origin ?? "", 128)}, ${verdict}`,
  };
}
