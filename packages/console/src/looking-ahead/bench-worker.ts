import { isNarrowgateError } from "@narrowgate/kernel";
import { compilePolicies, type PolicyEngine } from "@narrowgate/policy";
import { schemaWords } from "@narrowgate/policy/analysis";
import { loadEngine } from "../verification/load-engine.ts";
import { checkCandidate } from "./check-candidate.ts";
import { decideAgain } from "./decide-again.ts";
import type { BenchAnswer, BenchOrder } from "./messages.ts";

let engine: Promise<PolicyEngine> | undefined;

function tell(answer: BenchAnswer): void {
  postMessage(answer);
}

async function carryOut(order: BenchOrder): Promise<BenchAnswer> {
  engine ??= loadEngine();
  const loaded = await engine;
  switch (order.kind) {
    case "check": {
      const { check, analyse } = checkCandidate(loaded, order);
      tell({ kind: "checked", check });
      if (analyse !== undefined) tell({ kind: "analysed", analysis: analyse() });
      return { kind: "done" };
    }
    case "words": {
      const outcome = compilePolicies(loaded, order.bundle);
      if (outcome.kind === "rejected") return { kind: "rejected", problems: outcome.problems };
      tell({ kind: "words", words: schemaWords(outcome.policies) });
      return { kind: "done" };
    }
    case "what-if":
      return decideAgain(loaded, order, tell);
  }
}

function failure(error: unknown): BenchAnswer {
  const message = isNarrowgateError(error) ? error.publicMessage : "this browser could not carry it out";
  return { kind: "failed", message };
}

addEventListener("message", (event: MessageEvent<BenchOrder>) => {
  carryOut(event.data).then(tell, (error: unknown) => tell(failure(error)));
});
