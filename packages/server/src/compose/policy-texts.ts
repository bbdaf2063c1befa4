import { openedMember } from "@narrowgate/contracts";
import { NarrowgateError, readArray, readObject, readString } from "@narrowgate/kernel";
import { compilePolicies, type PolicyBundle, type PolicyEngine } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import type { Evidence } from "../evidence/evidence.ts";
import { policyIndexes } from "../evidence/export/recorded-decisions.ts";
import { openedEntry } from "../evidence/export/transaction-entries.ts";
import { OpeningReader } from "../evidence/openings.ts";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";

function readBundle(value: unknown): PolicyBundle {
  const { files, schema } = readObject(value, "/bundle", ["files", "schema"]);
  const readFile = (item: unknown, path: string) => {
    const { name, text } = readObject(item, path, ["name", "text"]);
    return { name: readString(name, `${path}/name`), text: readString(text, `${path}/text`) };
  };
  return { files: readArray(files, "/files", readFile), schema: readString(schema, "/schema") };
}

function textsOf(engine: PolicyEngine, bundle: PolicyBundle): readonly string[] {
  const outcome = compilePolicies(engine, bundle);
  if (outcome.kind === "rejected") return [];
  const { policies } = outcome.policies.inside();
  return policies.map(({ text }) => text);
}

/**
 * Texts of policies, from the versions on record, the newest first.
 * @param digests - of the texts; @returns in their order
 * @throws `not_found` when one of them is not on record, or was erased
 */
export async function policyTexts(
  { store, custody }: Evidence,
  digests: readonly string[],
): Promise<readonly string[]> {
  const engine = createNodeEngine();
  const reader = new OpeningReader(store, custody.keyEncryption);
  const found = new Map<string, string>();
  for (const index of (await policyIndexes(store)).toReversed()) {
    if (digests.every((digest) => found.has(digest))) break;
    const bundle = openedMember((await openedEntry(store, reader, index)).openings.content, "bundle");
    if (bundle === undefined) continue;
    for (const text of textsOf(engine, readBundle(bundle))) found.set(sha256Base64url(text), text);
  }
  return digests.map((digest) => {
    const text = found.get(digest);
    if (text === undefined)
      throw new NarrowgateError("not_found", `the text of policy ${digest} is not on record`);
    return text;
  });
}
