import { randomBytes } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { foundation } from "@narrowgate/assurance";
import type { DraftOrNext, InputAttribute, LeafDraft } from "@narrowgate/contracts";
import type { Instance } from "../../packages/server/src/compose/open-instance.ts";

const TRANSACTIONS_AT_ONCE = 300;
/** Leaves of one transaction below. */
export const LEAVES_OF_ONE = 8;

const text = (bytes: number): string => randomBytes(bytes).toString("base64url");
const gate = { by: "gate" } as const;

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

/** Writes transactions as one governed call each leaves them behind: mandate, token, call, answer, end. Nobody is asked. */
export async function writeGovernedWork(
  { registry, mandates, evidence, policies }: Instance,
  { mandate, count }: { readonly mandate: string; readonly count: number },
): Promise<void> {
  const found = mandates.mandate(mandate);
  const agent = registry.agent(found?.document.agent ?? "");
  const server = registry.servers()[0];
  if (found === undefined || agent === undefined || server === undefined)
    throw new RangeError("no such mandate, or no server");
  const { digest } = policies.current().compiled;
  const decided = { verdict: "permit", policy: digest, procedure: policies.procedure, feed: 0 };
  const jkt = text(32);
  const claims = Buffer.from(JSON.stringify({ ng: { v: 1, env: "dev" } })).toString("base64url");
  const transaction = (): readonly DraftOrNext[] => {
    const txn = evidence.openTransaction();
    const own = { txn, agent: agent.ref };
    const [id, token, mint, call] = [text(16), text(32), text(16), text(16)];
    const expires = Date.now() + 900_000;
    const opened = { action: "opened", mandate: id, subject: found.subjectRef, basis: found.basis };
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
        body: { ...decided, action: "mint", mandate: id, use: text(32) },
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
      {
        ...own,
        type: "decision",
        id: call,
        body: { ...decided, action: "call", token, mandate: id, use: text(32) },
        inputs: inputsOf(server.id),
        content: { request: { arguments: { message: text(24) } } },
      },
      { ...own, type: "dispatch", body: { decision: call, server: server.ref, digest: text(32) } },
      { ...own, type: "outcome", body: { decision: call, status: "ok", digest: text(32), held_ms: 1 } },
      {
        ...own,
        type: "mandate",
        body: { ...opened, action: "closed", digest: text(32), expires, idle_s: 900 },
      },
      { type: "closing", txn, body: { entries: LEAVES_OF_ONE - 1 } },
    ];
    return drafts;
  };
  for (let done = 0; done < count; done += TRANSACTIONS_AT_ONCE) {
    const here = Math.min(TRANSACTIONS_AT_ONCE, count - done);
    await evidence.record(Array.from({ length: here }, transaction).flat()).durable;
  }
}

/** What an evaluation took. */
export interface Evaluated {
  readonly wallMs: number;
  /** Longest that anything else had to wait meanwhile. */
  readonly stalledMs: number;
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
  const { completed } = evaluations.work(agent.ref, { from: 0, to: evaluation.at });
  return {
    wallMs,
    stalledMs: stalls.max / 1e6,
    leaves: evaluation.log.size,
    passes: evaluation.results.filter(({ verdict }) => verdict === "pass").length,
    completed,
  };
}
