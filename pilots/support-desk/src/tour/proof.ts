import { generateKeyPairSync, sign } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleSeal, formatProofBundle, type ProofBundle, parseProofBundle } from "@narrowgate/contracts";
import { parseStrictJson, sha256, utf8 } from "@narrowgate/kernel";
import { ed25519Type, formatNote, keyId, parseNote } from "@narrowgate/tlog";
import type { TourEnvironment } from "./environment.ts";
import type { Shown } from "./tell.ts";

const BUNDLE_LIMITS = { maxBytes: 64 * 1024 * 1024, maxKeys: 4_000_000 };

interface Files {
  readonly bundle: string;
  readonly trust: string;
  readonly directory: string;
}

/** What the verifier says, in a process of its own. */
export async function verdictOf(
  env: TourEnvironment,
  file: string,
  trust: string,
): Promise<{ exit: number; verdict: string; approvals: readonly string[] }> {
  const { exit, json } = await env.cli(["verify", file, "--trust", trust]);
  const lines = Array.isArray(json["story"]) ? json["story"] : [];
  const approvals = lines.flatMap((line) => {
    if (typeof line !== "object" || line === null || Array.isArray(line)) return [];
    const { kind, status, by } = Object.fromEntries(Object.entries(line));
    return kind === "approval" && status === "signed" ? [String(by)] : [];
  });
  return { exit, verdict: String(json["verdict"] ?? "no verdict"), approvals };
}

/** Another amount where the approved action is on record. */
function otherAmount(bundle: ProofBundle): ProofBundle {
  const entries = bundle.entries.map((entry) => {
    const action = entry.leaf.type === "approval" ? entry.openings?.content?.["action"] : undefined;
    if (typeof action !== "object" || action === null) return entry;
    const changed = { ...action, arguments: { ticket: "T-1007", amount_minor: 79_000, currency: "EUR" } };
    const content = {
      ...entry.openings?.content,
      salt: entry.openings?.content?.salt ?? "",
      action: changed,
    };
    return { ...entry, openings: { ...entry.openings, content } };
  });
  return { ...bundle, entries };
}

async function rewritten(
  files: Files,
  name: string,
  change: (bundle: ProofBundle) => ProofBundle,
): Promise<string> {
  const parsed = parseProofBundle(parseStrictJson(await readFile(files.bundle), BUNDLE_LIMITS));
  const { seal: _, ...body } = change(parsed);
  const file = join(files.directory, name);
  // The forger repairs the seal as well: it is there against damage, not against forgery.
  await writeFile(file, formatProofBundle({ ...body, seal: bundleSeal(sha256, body) }));
  return file;
}

/** The forger signs the checkpoint anew, under the log's own name, with a key of their own. */
function resign(checkpoint: string): string {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  const note = parseNote(checkpoint);
  const name = note.text.split("\n", 1)[0] ?? "";
  const signature = new Uint8Array(sign(null, utf8(note.text), privateKey));
  return formatNote({
    text: note.text,
    signatures: [
      { name, keyId: keyId(sha256, { name, type: ed25519Type, publicKey: new Uint8Array(raw) }), signature },
    ],
  });
}

async function flippedByte(files: Files): Promise<string> {
  const bytes = await readFile(files.bundle);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  const file = join(files.directory, "flipped.json");
  await writeFile(file, bytes);
  return file;
}

/** The bundle verifies; nothing that was done to it does. */
export async function proofChapter(env: TourEnvironment, files: Files): Promise<readonly Shown[]> {
  const honest = await verdictOf(env, files.bundle, files.trust);
  const forgeries: readonly (readonly [string, string])[] = [
    ["one byte flipped", await flippedByte(files)],
    [
      "a leaf left out",
      await rewritten(files, "dropped.json", (b) => ({
        ...b,
        entries: b.entries.filter((_, i) => i !== b.entries.length - 3),
      })),
    ],
    ["another amount in what was approved", await rewritten(files, "amount.json", otherAmount)],
    [
      "everything signed anew with another key",
      await rewritten(files, "resigned.json", (b) => ({ ...b, checkpoint: resign(b.checkpoint) })),
    ],
  ];
  const caught: Shown[] = [];
  for (const [what, file] of forgeries) {
    const { exit, verdict } = await verdictOf(env, file, files.trust);
    caught.push({
      claim: `${what}: caught`,
      held: exit !== 0 && verdict === "failed",
      seen: `verdict: ${verdict}`,
    });
  }
  return [
    {
      claim: "the whole transaction verifies offline, under a trust file and a witness",
      held: honest.exit === 0 && honest.verdict === "verified",
      seen: `verdict: ${honest.verdict}`,
      check: `npm run -s narrowgate -- verify ${files.bundle} --trust ${files.trust}`,
    },
    {
      claim: "and so does the approval: this passkey signed exactly this call, there",
      held: honest.approvals.length === 1,
      seen: `signed by ${honest.approvals.join(", ")} (virtual authenticator)`,
    },
    ...caught,
  ];
}
