import { randomBytes } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { foundation } from "@narrowgate/assurance";
import type { DraftOrNext, InputAttribute, LeafDraft } from "@narrowgate/contracts";
import type { Instance } from "../../packages/server/src/compose/instance.ts";

const TRANSACTIONS_AT_ONCE = 300;
/** Calls of transactions in turn: most have one. */
const FEW_CALLS = [1, 1, 1, 2, 1, 1, 3, 1] as const;
/** In one transaction of so many the policy says no. */
const REFUSED_ONE_IN = 40;

const text = (bytes: number): string => randomBytes(bytes).toString("base64url");
const gate = { by: "gate" } as const;

/** Work that is written down as agents would have left it. */
export interface Work {
  /** Ids of mandates of agents that worked, which the transactions are copied from. */
  readonly mandates: readonly string[];
  readonly count: number;
  /** Unix milliseconds: the transactions are spread evenly over this time. Absent: all of them now. */
  readonly from?: number;
  readonly to?: number;
}

function inputsOf(server: string): readonly InputAttribute[] {
  const value = { server, kind: "tool", name: "echo", arguments: { message: text(24) } };
  return [
    { path: "/action", value: "call", from: gate },
    { path: "/call", value, from: gate },
    { path: "/context/env", value: "dev", from: gate },
    { path: "/context/mandate", value: { purpose: "measured" }, from: gate },
    { path: "/context/txn", value: "t", from: gate },
    { path: "/principal", value: "agent", from: gate },
    { path: "/resource", value: "echo", from: gate },
  ];
}

type Found = NonNullable<ReturnType<Instance["mandates"]["mandate"]>>;

/** What is the same in all transactions that are copied from one mandate. */
interface Pattern {
  readonly mandate: Found;
  readonly agent: string;
  readonly jkt: string;
}

const claims = Buffer.from(JSON.stringify({ ng: { v: 1, env: "dev" } })).toString("base64url");

function patternsOf({ registry, mandates }: Instance, ids: readonly string[]): readonly Pattern[] {
  return ids.map((id) => {
    const mandate = mandates.mandate(id);
    const agent = registry.agent(mandate?.document.agent ?? "");
    if (mandate === undefined || agent === undefined) throw new RangeError("no such mandate");
    return { mandate, agent: agent.ref, jkt: text(32) };
  });
}

/** Writes one transaction: mandate, token, calls, their answers, end. */
function transactionWriter({
  registry,
  evidence,
  policies,
  clock,
}: Instance): (pattern: Pattern, calls: number, isRefused: boolean) => readonly DraftOrNext[] {
  const server = registry.servers()[0];
  if (server === undefined) throw new RangeError("no server");
  const { digest } = policies.current().compiled;
  const { procedure } = policies;
  return ({ mandate: found, agent, jkt }, calls, isRefused) => {
    const txn = evidence.openTransaction();
    const decided = { policy: digest, procedure, feed: evidence.feedPosition() };
    const permit = { ...decided, verdict: "permit" };
    const own = { txn, agent };
    const [id, token, mint] = [text(16), text(32), text(16)];
    const expires = clock.nowMs() + 900_000;
    const opened = { action: "opened", mandate: id, subject: found.subjectRef, basis: found.basis };
    const ask = (action: string): LeafDraft => ({
      ...own,
      type: "decision",
      id: text(16),
      body: { ...permit, action, token, mandate: id, use: text(32) },
      inputs: inputsOf(server.id),
      content: { request: { arguments: { message: text(24) } } },
    });
    const called = Array.from({ length: calls }, (): readonly LeafDraft[] => {
      const decision = ask("call");
      const about = { decision: decision.id ?? "" };
      return [
        decision,
        { ...own, type: "dispatch", body: { ...about, server: server.ref, digest: text(32) } },
        { ...own, type: "outcome", body: { ...about, status: "ok", digest: text(32), held_ms: 1 } },
      ];
    }).flat();
    const no = { ...decided, verdict: "refuse", code: "policy_denied", action: "call", token, mandate: id };
    const refused: readonly LeafDraft[] = isRefused
      ? [{ ...ask("call"), body: { ...no, use: text(32) } }]
      : [];
    const drafts: readonly LeafDraft[] = [
      {
        ...own,
        type: "mandate",
        body: { ...opened, digest: text(32), expires, idle_s: 900 },
        content: { document: { ...found.document } },
      },
      {
        ...own,
        type: "decision",
        id: mint,
        body: { ...permit, action: "mint", mandate: id, use: text(32) },
        inputs: inputsOf(server.id).slice(2),
      },
      {
        ...own,
        type: "token",
        body: {
          decision: mint,
          token,
          digest: text(32),
          mode: "root",
          jkt,
          expires_s: Math.floor(expires / 1000),
          epochs: [[`mandate:${id}`, 0]],
        },
        proof: { signing_input: `e30.${claims}` },
      },
      ...called,
      ...refused,
      {
        ...own,
        type: "mandate",
        body: { ...opened, action: "closed", digest: text(32), expires, idle_s: 900 },
      },
    ];
    return [...drafts, { type: "closing", txn, body: { entries: drafts.length } }];
  };
}

/** Writes transactions through the writer of the log, without the requests that would have brought them there. Nobody is asked. */
export async function writeGovernedWork(
  instance: Instance,
  { mandates, count, from, to = 0 }: Work,
  put: (ms: number) => void,
): Promise<void> {
  const patterns = patternsOf(instance, mandates);
  const write = transactionWriter(instance);
  for (let done = 0; done < count; done += TRANSACTIONS_AT_ONCE) {
    const here = Math.min(TRANSACTIONS_AT_ONCE, count - done);
    let written: Promise<void> = Promise.resolve();
    for (let at = done; at < done + here; at++) {
      if (from !== undefined) put(Math.floor(from + ((to - from) * at) / count));
      const pattern = patterns[at % patterns.length];
      if (pattern === undefined) throw new RangeError("no mandate to copy");
      const drafts = write(pattern, FEW_CALLS[at % FEW_CALLS.length] ?? 1, at % REFUSED_ONE_IN === 7);
      written = instance.evidence.record(drafts).durable;
    }
    await written;
  }
}

/** What an evaluation took. */
export interface Evaluated {
  readonly wallMs: number;
  /** Longest that anything else had to wait meanwhile. */
  readonly stalledMs: number;
  /** The same, of 99 in 100 moments. */
  readonly delayP99Ms: number;
  readonly leaves: number;
  readonly passes: number;
  readonly completed: number;
}

/** Evaluates all controls for an agent. */
export async function evaluateAgent({ evaluations, registry }: Instance, id: string): Promise<Evaluated> {
  const agent = registry.agent(id);
  if (agent === undefined) throw new RangeError("no such agent");
  const stalls = monitorEventLoopDelay({ resolution: 5 });
  stalls.enable();
  const started = performance.now();
  const { evaluation } = await evaluations.evaluate(agent, { attested: [], declared: {} }, foundation);
  const wallMs = performance.now() - started;
  stalls.disable();
  const { completed } = await evaluations.work(agent.ref, { from: 0, to: evaluation.at });
  return {
    wallMs,
    stalledMs: stalls.max / 1e6,
    delayP99Ms: stalls.percentile(99) / 1e6,
    leaves: evaluation.log.size,
    passes: evaluation.results.filter(({ verdict }) => verdict === "pass").length,
    completed,
  };
}
