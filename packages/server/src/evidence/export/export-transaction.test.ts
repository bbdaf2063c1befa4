import { formatLeaf, type ProofBundle, parseProofBundle } from "@narrowgate/contracts";
import { fromBase64url, parseStrictJson, randomId } from "@narrowgate/kernel";
import { leafHash, parseCheckpoint, parseNote, verifyInclusion } from "@narrowgate/tlog";
import { expect, it } from "vitest";
import { logForEachTest } from "../../../test/evidence/log-for-each-test.ts";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import { auditLog } from "../audit/audit-log.ts";
import { closing, decision, dispatch, mandate, outcome, revocation } from "../fixtures/drafts.ts";
import { POLICY, PROCEDURE } from "../fixtures/instance.ts";
import { stableAttributes } from "../inputs.ts";
import { OpeningReader } from "../openings.ts";
import { exportTransaction } from "./export-transaction.ts";
import { listTransactions, transactionEntries } from "./transaction-entries.ts";

const log = logForEachTest();

const auditor = { auditor: randomId(), request: "signed by the auditor" };

/** Registers, decides, calls and closes one transaction among others. */
async function live(): Promise<{ txn: string; registered: string; revoked: string }> {
  const { evidence } = log;
  const agent = randomId();
  const operator = randomId();
  const body = { action: "created", kind: "agent", ref: agent, version: 1, operator };
  const [registry] = evidence
    .record([
      { type: "operator", body: { action: "enrolled", operator, jkt: POLICY }, content: { name: "Ada" } },
      { type: "registry", body, content: { document: { id: "reader" } } },
      {
        type: "policy",
        body: { digest: POLICY, procedure: PROCEDURE, operator },
        content: { bundle: { files: {} } },
      },
    ])
    .leaves.slice(1);
  const mandateId = randomId();
  const txn = evidence.openTransaction();
  const other = evidence.openTransaction();
  const derived = {
    path: "/principal/tier",
    value: "T2",
    from: { by: "derived" as const, entry: registry?.id ?? "" },
  };
  const permit = { ...decision(txn, agent, evidence.feedPosition()), inputs: stableAttributes([derived]) };
  evidence.record([mandate(other, agent), mandate(txn, agent)]);
  const [decided] = evidence.record([permit, dispatch(txn, agent)]).leaves;
  evidence.record([decision(other, agent, evidence.feedPosition())]);
  evidence.record([outcome(txn, agent, decided?.id ?? "")]);
  const token = {
    decision: decided?.id ?? "",
    token: POLICY,
    digest: POLICY,
    mode: "root",
    jkt: POLICY,
    expires_s: 9,
  };
  evidence.record([{ type: "token", txn, agent, body: { ...token, epochs: [[`mandate:${mandateId}`, 0]] } }]);
  const [revoked] = evidence.record([revocation(evidence.feedPosition() + 1, "mandate", mandateId)]).leaves;
  await evidence.record([closing(txn, 5)]).durable;
  return { txn, registered: registry?.id ?? "", revoked: revoked?.id ?? "" };
}

function parse(bytes: Uint8Array): ProofBundle {
  return parseProofBundle(parseStrictJson(bytes));
}

it("holds every entry of the transaction and what they rest on, each under the checkpoint", async () => {
  const { txn, registered, revoked } = await live();
  const bundle = parse(await exportTransaction(log.evidence, txn, auditor));
  const { size, root } = parseCheckpoint(parseNote(bundle.checkpoint).text);
  for (const { leaf, inclusion } of bundle.entries) {
    const claim = {
      index: leaf.writer.seq,
      size,
      root,
      leafHash: leafHash(nodeSha256, formatLeaf(leaf)),
      proof: inclusion.map((hash) => fromBase64url(hash)),
    };
    expect(verifyInclusion(nodeSha256, claim)).toEqual({ kind: "included" });
  }
  const own = bundle.entries.filter(({ leaf }) => leaf.txn?.id === txn);
  expect(own.map(({ leaf }) => leaf.txn?.seq)).toEqual([0, 1, 2, 3, 4, 5]);
  const types = new Set(bundle.entries.map(({ leaf }) => leaf.type));
  for (const type of ["genesis", "registry", "policy"] as const) {
    expect(types).toContain(type);
  }
  const ids = bundle.entries.map(({ leaf }) => leaf.id);
  expect(ids).toContain(registered);
  // What came after the last decision, and what nothing here was signed or started with, would be missed by nobody.
  expect(ids).not.toContain(revoked);
  for (const type of ["boot", "key", "operator"] as const) expect(types).not.toContain(type);
  expect(bundle.entries.every(({ leaf }) => leaf.txn === undefined || leaf.txn.id === txn)).toBe(true);
});

it("opens what is there and lists what was erased", async () => {
  const { txn } = await live();
  const before = parse(await exportTransaction(log.evidence, txn, auditor));
  expect(before.erased).toEqual([]);
  expect(before.entries.find(({ leaf }) => leaf.type === "decision")?.openings?.inputs).toHaveLength(1);
  const order = { txn, parts: ["content", "inputs"] as const, rule: "retention.90d", operator: randomId() };
  await (await log.evidence.erase(order)).durable;
  const after = parse(await exportTransaction(log.evidence, txn, auditor));
  const permit = after.entries.find(({ leaf }) => leaf.type === "decision");
  expect(Object.keys(permit?.openings ?? {})).toEqual(["proof"]);
  const erasure = after.entries.find(({ leaf }) => leaf.type === "erasure")?.leaf.id;
  expect(after.erased).toContainEqual({ entry: permit?.leaf.id, part: "inputs", erasure });
});

it("erases the wrapped keys and the ciphertext, of no other transaction", async () => {
  const { txn } = await live();
  const rows = await log.store.scan("seal-key", { prefix: "txn/", limit: 1000 });
  const order = {
    txn,
    parts: ["content", "inputs", "proof"] as const,
    rule: "request",
    operator: randomId(),
  };
  await (await log.evidence.erase(order)).durable;
  const left = await log.store.scan("seal-key", { prefix: "txn/", limit: 1000 });
  expect(left.every(({ key }) => !key.startsWith(`txn/${txn}/`))).toBe(true);
  expect(left.length).toBe(rows.filter(({ key }) => !key.startsWith(`txn/${txn}/`)).length);
  const reader = new OpeningReader(log.store, log.instance.custody.keyEncryption);
  for (const { openings } of await transactionEntries(log.store, reader, txn)) expect(openings).toEqual({});
});

it("erases in a transaction closed long ago, several times at once, without breaking its chain", async () => {
  const { txn } = await live();
  log.instance.clock.advance(3_600_000);
  await live();
  const order = { txn, rule: "request", operator: randomId() };
  const erasures = (["content", "inputs", "proof"] as const).map((part) =>
    log.evidence.erase({ ...order, parts: [part] }),
  );
  await Promise.all((await Promise.all(erasures)).map(({ durable }) => durable));
  const report = await auditLog(log.store, new OpeningReader(log.store, log.instance.custody.keyEncryption));
  expect(report.findings).toEqual([]);
  expect(report.leaves.erasure).toBe(3);
});

it("records the reading before it gives anything out", async () => {
  const { txn } = await live();
  const before = log.evidence.durable.size;
  await exportTransaction(log.evidence, txn, auditor);
  expect(log.evidence.durable.size).toBe(before + 1);
});

it("lists transactions, youngest first, page by page", async () => {
  const first = await live();
  log.instance.clock.advance(1000);
  const second = await live();
  const page = await listTransactions(log.store, { limit: 2 });
  expect(page.map(({ id }) => id)).toContain(second.txn);
  const [, last] = page;
  const next = await listTransactions(log.store, {
    limit: 10,
    ...(last === undefined ? {} : { after: last }),
  });
  expect(next.map(({ id }) => id)).toContain(first.txn);
  expect(next.find(({ id }) => id === first.txn)).toMatchObject({ state: "closed", entries: 6 });
  expect(page.length + next.length).toBe(4);
});

it("says so when there is no such transaction", async () => {
  const stranger = `${log.evidence.identity.writerId}.${randomId()}`;
  await expect(exportTransaction(log.evidence, stranger, auditor)).rejects.toMatchObject({
    code: "not_found",
  });
});
