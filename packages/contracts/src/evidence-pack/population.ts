import { type Sha256, utf8 } from "@narrowgate/kernel";
import type { DecisionBody } from "../evidence/bodies/decision.ts";
import type { DispatchBody, TokenBody } from "../evidence/bodies/effects.ts";
import type { Leaf } from "../evidence/leaf.ts";
import type { HarmlessServers } from "./harmless-servers.ts";

/** Lines of `population` in one file. */
export const LEAVES_A_FILE = 1_000;
/** Transactions that a pack can speak of: what is kept of each is some 400 bytes. */
export const MAX_POPULATION = 1_000_000;

/** A transaction that the agent had a part in. */
type Seen = {
  readonly newest: string;
  isSensitive: boolean;
  /** Whether it reached a server that is harmless under this release alone. */
  needsRelease: boolean;
  /** Whether something was dispatched on a token that names no release. */
  hasNoRelease: boolean;
  /** Decisions of dispatches, and tokens of those decisions, whose leaves were not met yet. */
  readonly unmet: Set<string>;
};

/** What a transaction is judged by. */
export interface Judged {
  readonly servers: HarmlessServers;
  /** Digests of the deployments of the release. */
  readonly deployments: ReadonlySet<string>;
}

const RELEASE = "release:";

/** Which transactions an evidence pack holds. */
export interface Selection {
  /** Newest first. */
  readonly sensitive: readonly string[];
  /** By their draws, the least first. */
  readonly sampled: readonly string[];
  readonly population: number;
}

/**
 * The draw of a transaction. Nobody can choose it once the evaluation is on record.
 * @param seed - leaf hash of the evaluation; @param leafId - the newest leaf of the agent in that transaction
 * @see docs/spec/evidence-pack.md K-9
 */
export function drawOf(sha256: Sha256, seed: string, leafId: string): Uint8Array {
  return sha256(utf8(`narrowgate/draw/v1\n${seed}\n${leafId}`));
}

function begun(newest: string): Seen {
  return { newest, isSensitive: false, needsRelease: false, hasNoRelease: false, unmet: new Set() };
}

function takeDecision(
  seen: Seen,
  { id, body }: { readonly id: string; readonly body: Pick<DecisionBody, "token"> },
): void {
  // One that names no token stays unmet.
  if (body.token !== undefined && seen.unmet.delete(id)) seen.unmet.add(body.token);
}

function isSensitive(seen: Seen): boolean {
  return seen.isSensitive || seen.unmet.size > 0 || (seen.needsRelease && seen.hasNoRelease);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (const [at, byte] of a.entries()) {
    const other = b[at] ?? 0;
    if (byte !== other) return byte - other;
  }
  return 0;
}

/**
 * Takes the leaves of an agent, newest first, and says which transactions a pack has to hold.
 * @see docs/spec/evidence-pack.md K-7 to K-9
 */
export class Population {
  readonly procedures: Set<string> = new Set();
  readonly #transactions = new Map<string, Seen>();
  readonly #since: number;
  readonly #judged: Judged;

  constructor(since: number, judged: Judged) {
    this.#since = since;
    this.#judged = judged;
  }

  /** Whether this leaf is the last one: it stands before what the pack speaks of, or it is the agent's first. */
  ends({ agent, at }: Leaf): boolean {
    return at < this.#since || agent?.seq === 0;
  }

  /** Transactions so far. */
  get size(): number {
    return this.#transactions.size;
  }

  take(leaf: Leaf): void {
    if (leaf.type === "decision") this.procedures.add(leaf.body.procedure);
    if (leaf.txn === undefined || leaf.at < this.#since) return;
    const seen = this.#transactions.get(leaf.txn.id) ?? begun(leaf.id);
    this.#transactions.set(leaf.txn.id, seen);
    if (leaf.type === "approval") seen.isSensitive = true;
    else if (leaf.type === "dispatch") this.#takeDispatch(seen, leaf.body);
    else if (leaf.type === "token") this.#takeToken(seen, leaf.body);
    else if (leaf.type === "decision") takeDecision(seen, leaf);
  }

  #takeDispatch(seen: Seen, { decision, server }: DispatchBody): void {
    seen.unmet.add(decision);
    const { underRelease, atAll } = this.#judged.servers;
    if (!underRelease.has(server)) seen.isSensitive = true;
    if (!atAll.has(server)) seen.needsRelease = true;
  }

  /** ORDER: newest first, so that each dispatch was met before its decision, and that before its token. */
  #takeToken(seen: Seen, { token, epochs }: TokenBody): void {
    if (!seen.unmet.delete(token)) return;
    const named = epochs.flatMap(([name]) => (name.startsWith(RELEASE) ? [name.slice(RELEASE.length)] : []));
    if (named.length === 0) seen.hasNoRelease = true;
    if (!named.every((deployment) => this.#judged.deployments.has(deployment))) seen.isSensitive = true;
  }

  /** Chooses. @param count - of the others, 1 or more */
  select(sha256: Sha256, seed: string, count: number): Selection {
    const sensitive: string[] = [];
    const others: { readonly txn: string; readonly draw: Uint8Array }[] = [];
    for (const [txn, seen] of this.#transactions) {
      if (isSensitive(seen)) sensitive.push(txn);
      else others.push({ txn, draw: drawOf(sha256, seed, seen.newest) });
    }
    others.sort((a, b) => compareBytes(a.draw, b.draw));
    return {
      sensitive,
      sampled: others.slice(0, count).map(({ txn }) => txn),
      population: this.#transactions.size,
    };
  }
}
