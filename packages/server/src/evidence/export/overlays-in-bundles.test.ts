import { parseProofBundle } from "@narrowgate/contracts";
import { parseStrictJson, randomId } from "@narrowgate/kernel";
import { expect, it } from "vitest";
import { logForEachTest } from "../../../test/evidence/log-for-each-test.ts";
import { sha256Base64url } from "../../platform/crypto-hash/sha256.ts";
import { closing, decision, mandate } from "../fixtures/drafts.ts";
import { stableAttributes } from "../inputs.ts";
import { exportTransaction } from "./export-transaction.ts";

const log = logForEachTest();

const auditor = { auditor: randomId(), request: "signed by the auditor" };
/** Behind all that is recorded here. */
const LATER = Date.now() + 86_400_000;
const operator = randomId();
const digest = sha256Base64url("text");
const inputs = stableAttributes([{ path: "/principal/tier", value: "T2", from: { by: "gate" } }]);

/** @param until - Unix milliseconds, as the log counts them */
async function put(until: number): Promise<string> {
  const body = { action: "put", digest, operator, until };
  const { leaves, durable } = log.evidence.record([
    { type: "overlay", body, content: { text: "forbid", reason: "an incident" } },
  ]);
  await durable;
  return leaves[0]?.id ?? "";
}

async function lift(overlay: string): Promise<string> {
  const body = { action: "lifted", digest, operator, overlay };
  const { leaves, durable } = log.evidence.record([
    { type: "overlay", body, content: { reason: "it is over" } },
  ]);
  await durable;
  return leaves[0]?.id ?? "";
}

/** Ids of the overlay leaves in the bundle of a transaction with one permit that names none of them. */
async function overlaysOf(
  verdict: "permit" | "refuse",
  after: () => Promise<unknown>,
): Promise<readonly string[]> {
  const { evidence } = log;
  const agent = randomId();
  const txn = evidence.openTransaction();
  evidence.record([mandate(txn, agent)]);
  const told = decision(txn, agent, evidence.feedPosition());
  const code = verdict === "permit" ? {} : { code: "policy_denied" };
  await evidence.record([{ ...told, body: { ...told.body, ...code, verdict }, inputs }]).durable;
  await after();
  await evidence.record([closing(txn, 2)]).durable;
  const bytes = await exportTransaction(evidence, txn, auditor);
  const bundle = parseProofBundle(parseStrictJson(bytes.subarray(0, -1), { maxBytes: 1 << 20 }));
  return bundle.entries.filter(({ leaf }) => leaf.type === "overlay").map(({ leaf }) => leaf.id);
}

const nothing = async (): Promise<void> => undefined;

it("a bundle has what was forbidden where a permit stands, though the permit does not say so, and its end", async () => {
  const standing = await put(LATER);
  expect(await overlaysOf("permit", nothing)).toEqual([standing]);
  let end = "";
  const lifting = async (): Promise<void> => {
    end = await lift(standing);
  };
  expect(await overlaysOf("permit", lifting)).toEqual([standing, end]);
});

it("a bundle has nothing that was over, lifted or put later, and nothing for refusals", async () => {
  await put(1);
  await lift(await put(LATER));
  expect(await overlaysOf("permit", () => put(LATER))).toEqual([]);
  expect(await overlaysOf("refuse", nothing)).toEqual([]);
});
