import { type KnownOperation, operationOf, serverById } from "../fold/known.ts";
import { inputAt, listMember, textMember } from "../fold/opened.ts";
import type { Seen, Want } from "../fold/seen.ts";

/** The inputs of the permit that a dispatch follows; none where it follows nothing that is known, or a list, which has none. */
export function decisionInputs({ leaf, known }: Omit<Seen, "open">): readonly Want[] {
  if (leaf.type !== "dispatch") return [];
  const decision = known.decisions[leaf.body.decision];
  if (decision?.action !== "call") return [];
  return [{ id: leaf.body.decision, index: decision.index, part: "inputs" }];
}

/** Opens the inputs of the permit that a dispatch follows. */
export function openDecision(seen: Seen): unknown {
  const [want] = decisionInputs(seen);
  return want === undefined ? undefined : seen.open(want);
}

/** The operation a permit is about, as registered; undefined where its inputs do not say. */
export function calledOperation(
  { known }: Pick<Seen, "known">,
  inputs: unknown,
): { readonly name: string; readonly operation: KnownOperation } | undefined {
  const call = inputAt(inputs, "/call");
  const kind = textMember(call, "kind");
  const server = textMember(call, "server");
  const name = textMember(call, "name");
  if (kind === undefined || server === undefined || name === undefined) return undefined;
  const registered = serverById(known, server);
  const operation = registered === undefined ? undefined : operationOf(registered, kind, name);
  return { name: `${server}/${kind}/${name}`, operation: operation ?? unregistered };
}

/** What nobody registered is taken for the worst. */
const unregistered: KnownOperation = { effect: "irreversible", dataClass: "restricted", egress: true };

/** Leaf ids of the signatures that a permit rests on. */
export function approvalsOf(inputs: unknown): readonly string[] {
  const named = inputAt(inputs, "/approvals");
  return listMember({ named }, "named").flatMap((item) => textMember(item, "entry") ?? []);
}

/** Whether a server that a dispatch goes to has an operation of which `is` holds. */
export function hasOperation(
  { leaf, known }: Omit<Seen, "open">,
  is: (one: KnownOperation) => boolean,
): boolean {
  const server = leaf.type === "dispatch" ? known.servers[leaf.body.server] : undefined;
  return server === undefined || Object.values(server.operations).some(is);
}

/** The agent of a leaf, as an observation has it. */
export function agentOf({ leaf }: Pick<Seen, "leaf">): { readonly agent?: string } {
  return leaf.agent === undefined ? {} : { agent: leaf.agent.id };
}
