import { type Catalogue, catalogue, catalogueDigest, type RecordedDrill } from "@narrowgate/assurance";
import {
  type AgentRecord,
  type AgentWork,
  type DrillResult,
  type Evaluation,
  evaluationDigest,
  type GateProfile,
  type LeafDraft,
  parseDrillResult,
  parseWaiver,
  type Waiver,
} from "@narrowgate/contracts";
import { canonicalJson, isNarrowgateError, NarrowgateError, randomId, utf8 } from "@narrowgate/kernel";
import { nodeSha256, sha256Base64url } from "../../platform/crypto-hash/sha256.ts";
import type { EvaluatePorts, SignedRequest, Stated } from "./ports.ts";
import {
  assuranceLeaf,
  DRILL_ROOM,
  type KeptWaiver,
  loadDrills,
  loadWaivers,
  WAIVER_ROOM,
} from "./stored-records.ts";

/** An evaluation and the leaf that has it. */
export interface RecordedEvaluation {
  readonly entry: string;
  readonly evaluation: Evaluation;
}

/** An evaluation that goes on record in a commit of somebody else's. */
export interface JudgedEvaluation extends RecordedEvaluation {
  readonly draft: LeafDraft;
  /** Says that the draft is durable: it is the newest from now on. */
  keep(): void;
}

/** What an evaluation is held to beside what stands here. */
export interface HeldTo {
  /** Another one than the deployment names. */
  readonly profile?: GateProfile;
  /** What was found where the release was tested, verified before; its waivers count on, since it was signed with them. */
  readonly tested?: Evaluation;
}

/** A waiver as operators see it. */
export type WaiverView = KeptWaiver;

/** Controls over this log: evaluated, with results of drills and waivers on record. */
export interface Evaluations {
  /** Digest of the catalogue. */
  readonly catalogue: string;
  /** Digest of the code that runs: what results of drills speak of. */
  readonly build: string;
  /**
   * Folds what is new, evaluates, and records the result.
   * @param profile - another one than the deployment names, for a report
   * @throws `policy_missing`, `evidence_unavailable`
   */
  evaluate(agent: AgentRecord, stated: Stated, profile?: GateProfile): Promise<RecordedEvaluation>;
  /**
   * Folds what is new and evaluates, for a commit that holds the result together with what rests on it.
   * @throws `policy_missing`
   */
  judge(agent: AgentRecord, stated: Stated, held: HeldTo): Promise<JudgedEvaluation>;
  /**
   * Folds what is new, once somebody has evaluated since the start, so that the next evaluation need not. Before that
   * nothing is folded: a log that nobody asks about costs nothing.
   */
  follow(): Promise<void>;
  /** Ends folding, and waits for what is under way. */
  close(): Promise<void>;
  /** The newest evaluation of an agent since the start. @param profile - digest of the one it was held to; any where absent */
  newest(agent: string, profile?: string): RecordedEvaluation | undefined;
  /** What an agent did, as far as the log was folded. @param agent - ref */
  work(agent: string, window: { readonly from: number; readonly to: number }): Promise<AgentWork>;
  /**
   * How much an agent did, and with what, up to now: folds what is new first.
   * @param agent - ref. @returns calls that left for a server, in its busiest minute too, and by operation those that were looked at
   */
  seen(
    agent: string,
    window: { readonly from: number; readonly to: number },
  ): Promise<Pick<AgentWork, "calls" | "used"> & { readonly busiestMinute: number }>;
  /** Puts a drill's result on record. @throws `malformed_input`, `evidence_unavailable` */
  recordDrill(
    result: unknown,
    request: SignedRequest,
  ): Promise<{ readonly entry: string; readonly result: DrillResult }>;
  drills(): readonly RecordedDrill[];
  /**
   * Puts on record what another instance evaluated, with the drills that count there.
   * Trust: the caller has verified that they stand in a log it trusts.
   * @throws `evidence_unavailable`
   */
  recordTested(agent: AgentRecord, tested: Tested, request: SignedRequest): Promise<RecordedEvaluation>;
  /** Asks for a waiver; it counts once {@link Evaluations.agree} was said by somebody else. @throws `waiver_refused` */
  askWaiver(waiver: unknown, request: SignedRequest): Promise<WaiverView>;
  /** @throws `waiver_refused` for who asked, `not_found`, `conflict` */
  agree(id: string, request: SignedRequest): Promise<WaiverView>;
  /** Ends a waiver before its time. @throws `not_found`, `conflict` */
  endWaiver(id: string, request: SignedRequest): Promise<WaiverView>;
  waivers(): readonly WaiverView[];
}

/** What another instance evaluated. */
export interface Tested {
  readonly evaluation: Evaluation;
  /** By their leaf ids there, by which the evaluation names them. */
  readonly drills: readonly { readonly entry: string; readonly result: DrillResult }[];
}

/** How far the clock of who drilled may be ahead, in milliseconds. */
const AHEAD_MS = 60_000;

/** INVARIANT: no result is of a time to come, for it would stay the newest one, and never be stale. @see docs/spec/assurance.md C-20 */
function checkTimes({ started, ended }: DrillResult, nowMs: number): void {
  if (started > ended) throw new NarrowgateError("malformed_input", "/ended: must not be before /started");
  if (ended > nowMs + AHEAD_MS)
    throw new NarrowgateError("malformed_input", "/ended: must not be in the future");
}

/** Digest of a document as an `assurance` leaf names it. */
function digestOf(document: object): string {
  return sha256Base64url(utf8(canonicalJson({ ...document })));
}

class Room implements Evaluations {
  readonly catalogue: string;
  readonly build: string;
  readonly #ports: EvaluatePorts;
  readonly #drills: RecordedDrill[];
  readonly #waivers: Map<string, KeptWaiver>;
  readonly #newest = new Map<string, RecordedEvaluation>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    ports: EvaluatePorts,
    of: Catalogue,
    kept: { readonly drills: readonly RecordedDrill[]; readonly waivers: readonly KeptWaiver[] },
  ) {
    this.#ports = ports;
    this.build = ports.build;
    this.catalogue = catalogueDigest(nodeSha256, of);
    this.#drills = [...kept.drills];
    this.#waivers = new Map(kept.waivers.map((one) => [one.waiver.id, one]));
  }

  async evaluate(agent: AgentRecord, stated: Stated, profile?: GateProfile): Promise<RecordedEvaluation> {
    const judged = await this.judge(agent, stated, profile === undefined ? {} : { profile });
    await this.#ports.evidence.record([judged.draft]).durable;
    judged.keep();
    const { entry, evaluation } = judged;
    return { entry, evaluation };
  }

  judge(agent: AgentRecord, stated: Stated, held: HeldTo): Promise<JudgedEvaluation> {
    // ORDER: one after the other, since the fold must stand exactly at the head that is evaluated.
    const next = this.#last.then(() => this.#judge(agent, stated, held));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async follow(): Promise<void> {
    if (this.#newest.size === 0) return;
    // ORDER: never while an evaluation goes on, for which the fold must stand still.
    const next = this.#last.then(() => this.#ports.evaluator.catchUp(this.#ports.log.size()));
    this.#last = next.catch(() => undefined);
    await next;
  }

  async close(): Promise<void> {
    // What is under way ends with its page, and whoever waits for it learns that it does not stand at the head.
    await this.#ports.evaluator.close();
    await this.#last;
  }

  async #judge(agent: AgentRecord, stated: Stated, { profile, tested }: HeldTo): Promise<JudgedEvaluation> {
    const { log, world, clock, evaluator } = this.#ports;
    // ORDER: the head is taken behind the long part, so that the leaf of what was erased meanwhile is among those it has.
    await evaluator.catchUp(log.size());
    const { size, root } = await log.head();
    await evaluator.catchUp(size);
    const agreed = this.waivers().flatMap(({ waiver, state }) => (state === "agreed" ? [waiver] : []));
    const own = {
      at: clock.nowMs(),
      drills: this.#drills,
      waivers: [...agreed, ...(tested?.waivers ?? [])],
      log: { origin: log.origin, size, root },
      selfTest: await evaluator.selfTest(),
      ...(profile === undefined ? {} : { profile }),
      ...(tested === undefined ? {} : { tested: { origin: tested.log.origin, evaluation: tested } }),
    };
    const around = await world(agent, stated, own, {
      writersOf: (release) => evaluator.writersOf({ ref: agent.ref, release }),
      transactionsIn: (window) => evaluator.transactionsOf(agent.ref, window),
      holds: () => evaluator.holds(),
    });
    const evaluation = await evaluator.evaluate(around);
    const entry = randomId();
    const digest = evaluationDigest(nodeSha256, evaluation);
    const body = { kind: "evaluation", digest, catalogue: this.catalogue };
    return {
      entry,
      evaluation,
      draft: assuranceLeaf(body, evaluation, { id: entry, agent: agent.ref }),
      keep: () => {
        this.#newest.set(agent.id, { entry, evaluation });
        this.#newest.set(`${agent.id} ${evaluation.profile}`, { entry, evaluation });
      },
    };
  }

  newest(agent: string, profile?: string): RecordedEvaluation | undefined {
    return this.#newest.get(profile === undefined ? agent : `${agent} ${profile}`);
  }

  async work(agent: string, window: { readonly from: number; readonly to: number }): Promise<AgentWork> {
    const { evaluator, verifiedOf } = this.#ports;
    const transactions = await evaluator.transactionsOf(agent, window);
    const { closed, completed, sensitive } = transactions;
    const { busiestMinute: _, ...work } = await evaluator.workOf(agent, window);
    const counted = { ...verifiedOf(transactions), ...work };
    return { ...window, closed, completed, sensitive, ...counted };
  }

  async seen(
    agent: string,
    window: { readonly from: number; readonly to: number },
  ): Promise<Pick<AgentWork, "calls" | "used"> & { readonly busiestMinute: number }> {
    // ORDER: never while an evaluation goes on, for which the fold must stand still.
    const next = this.#last.then(() => this.#ports.evaluator.catchUp(this.#ports.log.size()));
    this.#last = next.catch(() => undefined);
    await next;
    const { calls, used, busiestMinute } = await this.#ports.evaluator.workOf(agent, window);
    return { calls, used, busiestMinute };
  }

  drills(): readonly RecordedDrill[] {
    return this.#drills;
  }

  async recordDrill(
    value: unknown,
    { operator, jws }: SignedRequest,
  ): Promise<{ readonly entry: string; readonly result: DrillResult }> {
    const result = parseDrillResult(value);
    checkTimes(result, this.#ports.clock.nowMs());
    const entry = randomId();
    const body = { kind: "drill", digest: digestOf(result), catalogue: this.catalogue, operator };
    const { evidence } = this.#ports;
    const { leaves } = evidence.record([assuranceLeaf(body, result, { id: entry, proof: { request: jws } })]);
    const index = leaves[0]?.index ?? 0;
    // ORDER: in the same turn, so that leaf and row go into one commit.
    await evidence.record([], [{ room: DRILL_ROOM, key: entry, value: { index, result } }]).durable;
    this.#drills.push({ entry, index, result });
    return { entry, result };
  }

  async recordTested(
    { ref }: AgentRecord,
    { evaluation, drills }: Tested,
    { operator, jws }: SignedRequest,
  ): Promise<RecordedEvaluation> {
    const { evidence } = this.#ports;
    const known = new Set(this.#drills.map(({ entry }) => entry));
    const fresh = drills.filter(({ entry }) => !known.has(entry));
    const { catalogue } = evaluation;
    const proof = { request: jws };
    const entry = randomId();
    const own = { kind: "evaluation", digest: evaluationDigest(nodeSha256, evaluation), catalogue, operator };
    const { leaves } = evidence.record([
      ...fresh.map(({ entry: id, result }) =>
        assuranceLeaf({ kind: "drill", digest: digestOf(result), catalogue, operator }, result, {
          id,
          proof,
        }),
      ),
      assuranceLeaf(own, evaluation, { id: entry, agent: ref, proof }),
    ]);
    const kept = fresh.map((one, i): RecordedDrill => ({ ...one, index: leaves[i]?.index ?? 0 }));
    const rows = kept.map(({ entry: key, index, result }) => ({
      room: DRILL_ROOM,
      key,
      value: { index, result },
    }));
    this.#drills.push(...kept);
    // ORDER: in the same turn, so that leaves and rows go into one commit.
    await evidence.record([], rows).durable;
    return { entry, evaluation };
  }

  waivers(): readonly WaiverView[] {
    return [...this.#waivers.values()];
  }

  async askWaiver(value: unknown, { operator }: SignedRequest): Promise<WaiverView> {
    const waiver = this.#readWaiver(value);
    if (this.#waivers.has(waiver.id)) throw new NarrowgateError("conflict", "there is a waiver with this id");
    const kept: KeptWaiver = { waiver, asked: operator, state: "asked" };
    await this.#keep(kept, []);
    return kept;
  }

  #readWaiver(value: unknown): Waiver {
    try {
      return parseWaiver(value);
    } catch (cause) {
      const why = isNarrowgateError(cause) ? cause.publicMessage : "it is none";
      throw new NarrowgateError("waiver_refused", why, { cause });
    }
  }

  async agree(id: string, { operator, jws }: SignedRequest): Promise<WaiverView> {
    const { waiver, asked, state } = this.#waiver(id);
    if (state !== "asked") throw new NarrowgateError("conflict", `this waiver is ${state}`);
    if (asked === operator)
      throw new NarrowgateError("waiver_refused", "another operator has to agree to it");
    const body = {
      kind: "waiver",
      digest: digestOf(waiver),
      catalogue: this.catalogue,
      operator: asked,
      second: operator,
    };
    const kept: KeptWaiver = { waiver, asked, state: "agreed" };
    await this.#keep(kept, [assuranceLeaf(body, waiver, { proof: { request: jws } })]);
    return kept;
  }

  async endWaiver(id: string, { operator, jws }: SignedRequest): Promise<WaiverView> {
    const { waiver, asked, state } = this.#waiver(id);
    if (state === "ended") throw new NarrowgateError("conflict", "this waiver has ended");
    const body = { kind: "waiver_ended", digest: digestOf(waiver), catalogue: this.catalogue, operator };
    const kept: KeptWaiver = { waiver, asked, state: "ended" };
    await this.#keep(kept, [assuranceLeaf(body, waiver, { proof: { request: jws } })]);
    return kept;
  }

  #waiver(id: string): KeptWaiver {
    const kept = this.#waivers.get(id);
    if (kept === undefined) throw new NarrowgateError("not_found", "there is no such waiver");
    return kept;
  }

  async #keep(kept: KeptWaiver, leaves: Parameters<EvaluatePorts["evidence"]["record"]>[0]): Promise<void> {
    const row = { room: WAIVER_ROOM, key: kept.waiver.id, value: { ...kept } };
    this.#waivers.set(kept.waiver.id, kept);
    await this.#ports.evidence.record(leaves, [row]).durable;
  }
}

/** Loads what is on record before the first request is served; the log is folded at the first evaluation. */
export async function openEvaluations(ports: EvaluatePorts): Promise<Evaluations> {
  const kept = { drills: await loadDrills(ports.state), waivers: await loadWaivers(ports.state) };
  return new Room(ports, catalogue, kept);
}
