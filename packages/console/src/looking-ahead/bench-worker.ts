import type { PolicyFiles } from "@narrowgate/contracts";
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

/** Of the schema alone, and a profile: whether the policies compile makes no difference. */
function tellWords(loaded: PolicyEngine, { files, schema }: PolicyFiles): void {
  const profile = files.filter(({ name }) => name.endsWith(".cedarschema"));
  const outcome = compilePolicies(loaded, { files: profile, schema });
  if (outcome.kind === "compiled") tell({ kind: "words", words: schemaWords(outcome.policies) });
}

async function carryOut(order: BenchOrder): Promise<BenchAnswer> {
  engine ??= loadEngine();
  const loaded = await engine;
  switch (order.kind) {
    case "check": {
      if (order.wantsWords) tellWords(loaded, order.before ?? order.bundle);
      const { check, analyse } = checkCandidate(loaded, order);
      tell({ kind: "checked", check });
      if (analyse !== undefined) tell({ kind: "analysed", analysis: analyse() });
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
