import type { Attestation } from "../attestation/index.ts";
import type { CallQuestion, FlowReader } from "../decisions/ports.ts";
import type { Flow, FlowQuestion, PermittedCall } from "../flow/index.ts";
import type { FlowLedger } from "../gateway/index.ts";

type Instances = Pick<Attestation, "entryOf">;

/** An instance starts from the leaf that attested it. */
function task(
  mandate: { readonly txn: string; readonly entry: string },
  instance: string,
  instances: Instances,
): FlowQuestion {
  return {
    txn: mandate.txn,
    mandateEntry: mandate.entry,
    instance,
    instanceEntry: instances.entryOf(instance) ?? mandate.entry,
  };
}

/** Labels and spent as decisions read them. */
export function flowInDecisions(flow: Flow, instances: Instances): FlowReader {
  return {
    labels: ({ mandate, instance }, operation) =>
      flow.snapshot(task(mandate, instance, instances), operation),
    spent: (txn) => flow.spent(txn),
  };
}

/** Labels and spent as the gate changes them. */
export function flowInGateway(flow: Flow, instances: Instances): FlowLedger {
  const called = (
    { mandate, claims, agent, server, record }: CallQuestion,
    amount: number,
  ): PermittedCall => ({
    ...task(mandate, claims.ng.instance, instances),
    agent: agent.ref,
    server,
    record,
    amount,
  });
  return {
    permit: (question, amount, at) => flow.permit(called(question, amount), at),
    answer: (question, found, at) => flow.answer(called(question, 0), found, at),
  };
}
