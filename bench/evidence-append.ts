/**
 * Appending decisions to the log, against the sum of its parts measured bare in the same run.
 * Run: node --conditions=@narrowgate/source bench/evidence-append.ts [entries]
 */
import { createCipheriv, createHash, createSecretKey, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { InputAttribute, LeafDraft } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, randomId, systemClock } from "@narrowgate/kernel";
import { createEvidence } from "../packages/server/src/evidence/create-evidence.ts";
import type { Evidence } from "../packages/server/src/evidence/evidence.ts";
import { stableAttributes } from "../packages/server/src/evidence/inputs.ts";
import { openEvidence } from "../packages/server/src/evidence/open-evidence.ts";
import { sha256Base64url } from "../packages/server/src/platform/crypto-hash/sha256.ts";
import { createFileCustody } from "../packages/server/src/platform/keys/file-custody.ts";
import { openSqliteForDisk } from "../packages/server/src/platform/store/sqlite/open-sqlite-for-disk.ts";
import { createSqliteStore } from "../packages/server/src/platform/store/sqlite/open-sqlite-store.ts";

const total = Number(process.argv[2] ?? 6000);
const directory = mkdtempSync(join(tmpdir(), "narrowgate-bench-"));
const digest = sha256Base64url("digest");

const gate = { by: "gate" as const };
const known = stableAttributes(
  Array.from({ length: 14 }, (_, i) => ({
    path: `/context/known${i}`,
    value: `value of attribute ${i}`,
    from: gate,
  })),
);
const proof: JsonObject = {
  dpop: "x".repeat(700),
  htm: "POST",
  htu: "https://gate.example/mcp",
  token: "y".repeat(900),
};
const content: JsonObject = {
  request: { path: "/invoices/2026/11", head: 20 },
  policies: ["p1", "p2"],
  reason: "permit",
};

function inputs(): readonly InputAttribute[] {
  const fresh = Array.from({ length: 6 }, (_, i) => ({
    path: `/fresh/${i}`,
    value: `argument ${i}`,
    from: gate,
  }));
  return [...known, ...fresh];
}

function draft(txn: string, agent: string): LeafDraft {
  const body = {
    action: "call",
    verdict: "permit",
    policy: digest,
    procedure: digest,
    feed: 0,
    token: digest,
    use: digest,
  };
  return {
    type: "decision",
    txn,
    agent,
    body: { ...body, instance: agent, mandate: agent },
    proof,
    content,
    inputs: inputs(),
  };
}

interface Cost {
  readonly wallUs: number;
  readonly cpuUs: number;
}

async function measure(entries: number, run: () => Promise<void> | void): Promise<Cost> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await run();
  const wallUs = ((performance.now() - started) * 1000) / entries;
  const { user, system } = process.cpuUsage(cpu);
  return { wallUs, cpuUs: (user + system) / entries };
}

async function append(evidence: Evidence, batch: number, count: number): Promise<void> {
  const agent = randomId();
  const txn = evidence.openTransaction();
  for (let done = 0; done < count; done += batch) {
    const waits = Array.from({ length: batch }, () => evidence.record([draft(txn, agent)]).durable);
    await Promise.all(waits);
  }
}

/** What any such log must do for one entry, as bytes: leaf and three openings. */
function bareTexts(): readonly string[] {
  const { body } = draft("t", "a");
  const place = { id: randomId(), prev: digest, seq: 12345 };
  const leaf = {
    agent: place,
    at: 1,
    body,
    id: randomId(),
    txn: place,
    type: "decision",
    v: 1,
    writer: place,
  };
  const salt = randomId();
  const salted = inputs().map(({ path, value, from }) => ({ from: { ...from }, path, salt, value }));
  return [
    canonicalJson(leaf),
    canonicalJson({ ...proof, salt }),
    canonicalJson({ ...content, salt }),
    canonicalJson(salted),
  ];
}

function bareHash(texts: readonly string[]): void {
  for (const text of texts) createHash("sha256").update(text).digest("base64url");
}

const key = createSecretKey(randomBytes(32));
function bareSeal(texts: readonly string[]): readonly Buffer[] {
  return texts.slice(1).map((text) => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  });
}

/** Inserts of the same bytes into three lean tables, one transaction a batch, full sync. */
function bareInsert(db: DatabaseSync, batch: number, count: number, from: number): void {
  const leaf = Buffer.from(bareTexts()[0] ?? "");
  const sealed = bareSeal(bareTexts());
  const addEntry = db.prepare("INSERT INTO entry VALUES (?, ?, ?, ?)");
  const addSealed = db.prepare("INSERT INTO sealed VALUES (?, ?, ?)");
  const setHead = db.prepare("INSERT OR REPLACE INTO head VALUES (?, ?, ?)");
  for (let at = from; at < from + count; at += batch) {
    db.exec("BEGIN IMMEDIATE");
    for (let i = at; i < at + batch; i++) {
      addEntry.run(i, leaf, i - 1, i - 1);
      for (const [p, part] of sealed.entries())
        addSealed.run(i * 4 + p, "txn/key/of/this/part/0123456789", part);
    }
    setHead.run("txn", at, digest);
    setHead.run("agent", at, digest);
    db.exec("COMMIT");
  }
}

function bareDatabase(): DatabaseSync {
  const db = new DatabaseSync(join(directory, "bare.db"));
  db.exec(
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-16000",
  );
  db.exec("CREATE TABLE entry (idx INTEGER PRIMARY KEY, leaf BLOB, a INTEGER, b INTEGER)");
  db.exec("CREATE TABLE sealed (pos INTEGER PRIMARY KEY, key_id TEXT, bytes BLOB)");
  db.exec("CREATE INDEX sealed_key ON sealed (key_id)");
  db.exec("CREATE TABLE head (kind TEXT PRIMARY KEY, idx INTEGER, hash TEXT) WITHOUT ROWID");
  return db;
}

const show = (value: number): string => value.toFixed(1).padStart(9);

/** Microseconds an entry: appended, and as the sum of its parts measured bare. */
export interface AppendFigures {
  readonly batch: number;
  readonly appendUs: number;
  readonly cpuUs: number;
  readonly sumUs: number;
  readonly insertUs: number;
}

async function bareParts(): Promise<number> {
  const texts = bareTexts();
  const repeat = (run: () => void) => (): void => {
    for (let i = 0; i < total; i++) run();
  };
  repeat(() => bareHash(bareSeal(bareTexts()).map(String)))();
  const parts = [bareTexts, () => bareHash(texts), () => bareSeal(texts)];
  let sum = 0;
  for (const part of parts) sum += (await measure(total, repeat(part))).wallUs;
  return sum;
}

async function measureBatches(evidence: Evidence, db: DatabaseSync): Promise<readonly AppendFigures[]> {
  const figures: AppendFigures[] = [];
  let next = 2000;
  for (const batch of [1, 10, 100]) {
    const count = Math.ceil(Math.min(total, batch * 400) / batch) * batch;
    const parts = await bareParts();
    const insert = await measure(count, () => bareInsert(db, batch, count, next));
    next += count;
    const { wallUs, cpuUs } = await measure(count, () => append(evidence, batch, count));
    figures.push({
      batch,
      appendUs: wallUs,
      cpuUs,
      sumUs: parts + insert.wallUs,
      insertUs: insert.wallUs,
    });
  }
  return figures;
}

async function main(): Promise<readonly AppendFigures[]> {
  const path = join(directory, "store", "log.db");
  await (await createSqliteStore(path)).close();
  const store = await openSqliteForDisk(path);
  const custody = await createFileCustody(join(directory, "keys"));
  const setup = { store, custody, clock: systemClock, anchorPath: join(directory, "anchor.json") };
  await createEvidence(setup, { authority: "bench.example", environment: "dev" });
  const { evidence } = await openEvidence(setup, digest);
  const db = bareDatabase();
  await append(evidence, 100, 2000);
  bareInsert(db, 100, 2000, 0);
  const figures = await measureBatches(evidence, db);
  await evidence.close();
  await store.close();
  db.close();
  return figures;
}

function print(figures: readonly AppendFigures[]): void {
  console.log("batch  entries/s   append µs   CPU µs | insert+sync µs  sum of parts µs | append / sum");
  for (const { batch, appendUs, cpuUs, insertUs, sumUs } of figures) {
    const rate = String(Math.round(1_000_000 / appendUs)).padStart(10);
    console.log(
      `${String(batch).padStart(5)} ${rate} ${show(appendUs)}   ${show(cpuUs)} | ${show(insertUs)}        ${show(sumUs)}        | ${(appendUs / sumUs).toFixed(2)}`,
    );
  }
}

try {
  const figures = await main();
  if (process.send === undefined) print(figures);
  else process.send(figures);
} finally {
  rmSync(directory, { recursive: true, force: true });
  process.disconnect?.();
}
