import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalBytes, type JsonObject, sha256, toBase64url } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordSignedStory, type SignedStory } from "./harness/signed-story.ts";

const checker = fileURLToPath(new URL("../independent/check_bundle.py", import.meta.url));
/** Which of several has what is needed, the checker finds out itself. */
const python = process.env["NARROWGATE_PYTHON"] ?? "python3";
let story: SignedStory;
let folder: string;

interface Verdicts {
  readonly product: string;
  readonly independent: string;
}

function run(args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(python, args, { timeout: 60_000 }, (_, stdout) => resolve(stdout));
  });
}

/** The last word of both checkers about the same bytes under the same trust. */
async function verdictsOn(bytes: Uint8Array): Promise<Verdicts> {
  const [bundle, trust] = [join(folder, "proof.json"), join(folder, "trust.json")];
  await writeFile(bundle, bytes);
  await writeFile(trust, JSON.stringify(story.trust));
  const report = await verifyBundle(bytes, {
    trust: story.trust,
    crypto: nodeCrypto(),
    engine: createNodeEngine(),
  });
  const said = await run([checker, bundle, "--trust", trust]);
  return { product: report.verdict, independent: said.trimEnd().split("\n").at(-1) ?? "" };
}

/** The bundle with something changed in it, sealed again: what anybody can do who has no key. */
function forged(change: (text: string) => string): Uint8Array {
  const text = change(Buffer.from(story.bundle).toString("utf8").trimEnd());
  const { seal: _, ...bare }: JsonObject = JSON.parse(text);
  const sealed = { ...bare, seal: toBase64url(sha256(canonicalBytes(bare))) };
  return Buffer.concat([canonicalBytes(sealed), Buffer.from("\n")]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "narrowgate-independent-"));
  story = await recordSignedStory();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.runIf(python !== "")("the independent checker, beside ours", () => {
  it("verifies a whole story: operators that sign, the gate's own tokens, inputs that follow from the log", async () => {
    expect(await verdictsOn(story.bundle)).toEqual({
      product: "verified, unwitnessed",
      independent: "verified, unwitnessed",
    });
    const text = Buffer.from(story.bundle).toString("utf8");
    for (const part of ['"by":"derived"', '"mode":"rebind"', '"operator":']) expect(text).toContain(part);
  });

  it.each([
    ["an owner of the agent", '"owner":"owner@example.com"', '"owner":"other@example.com"'],
    ["the word of an operator", '"by":"operator"', '"by":"system"'],
    ["a purpose of the mandate", "a task that is told whole", "a task that is told half"],
    ["a data class of the operation", '"dataClass":"internal"', '"dataClass":"public"'],
    ["the address of the upstream", '"auth":"exchanged"', '"auth":"none"'],
  ])("is fooled as little as ours when %s is changed", async (_, from, to) => {
    const bytes = forged((text) => text.replaceAll(from, to));
    const { product, independent } = await verdictsOn(bytes);
    expect(product).toBe("failed");
    expect(independent).toMatch(/^failed: E-\d+$/);
  });
});
