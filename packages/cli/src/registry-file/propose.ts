import type { JsonObject } from "@narrowgate/kernel";
import { NarrowgateError } from "@narrowgate/kernel";
import type { AdminClient, Refusal } from "../admin/admin-client.ts";
import { objectsAt, textsAt } from "../admin/read-answer.ts";
import { cleanText } from "../terminal/clean-text.ts";
import type { RegistryFile } from "./read-registry-file.ts";

/** A plan as it was shown, and the request that carries it out. */
export interface Proposal {
  readonly plan: JsonObject;
  readonly lines: readonly string[];
  readonly isEmpty: boolean;
  /** Ids of policies in force that end with this. */
  readonly ends: readonly string[];
  /** Why the policies of the file wait until definitions they may read are approved; undefined when they do not. */
  readonly policiesWait?: readonly string[];
  /** Applies exactly what was planned. @throws `conflict` when the registry has changed since */
  apply(): Promise<JsonObject>;
}

function reasonsOf({ problems }: Refusal): readonly string[] {
  return problems.map(({ path, message }) => cleanText(`${path}: ${message}`));
}

function refused(refusal: Refusal): NarrowgateError {
  const { error } = refusal;
  if (refusal.problems.length === 0) return error;
  const lines = reasonsOf(refusal).map((reason) => `\n  ${reason}`);
  return new NarrowgateError(error.code, `the file cannot be applied:${lines.join("")}`, { cause: error });
}

/** Only policies stand in the way, and the server says that approving tools first may help. */
function mayHoldLater({ problems }: Refusal): boolean {
  const isAboutPolicies = problems.every(({ code }) => code === "policy_invalid");
  return isAboutPolicies && problems.some(({ path }) => path === "schema");
}

/**
 * Plans a registry file. Policies may read arguments of tools that nobody has approved yet; then everything else is
 * planned first, and the policies wait.
 * @param options - `mayWait`: whether policies that do not hold yet may be left for later
 * @throws with the code of the first problem, all of them in the message
 */
export async function propose(
  admin: AdminClient,
  { wire, policies, tests = [] }: RegistryFile,
  { prune, mayWait }: { readonly prune: boolean; readonly mayWait: boolean },
): Promise<Proposal> {
  const whole = {
    document: wire,
    prune,
    ...(policies === undefined ? {} : { files: policies.map((file) => ({ ...file })) }),
    ...(tests.length === 0
      ? {}
      : { tests: tests.map((test) => ({ name: test.tests.file, tests: test.wire })) }),
  };
  const planned = await admin.attempt("POST", "/registry/plan", whole);
  const waits =
    mayWait && planned.kind === "refused" && mayHoldLater(planned) ? reasonsOf(planned) : undefined;
  const sent = waits !== undefined ? { document: wire, prune } : whole;
  const answer = waits !== undefined ? await admin.attempt("POST", "/registry/plan", sent) : planned;
  if (answer.kind === "refused") throw refused(answer);
  const { revision = null } = answer.body;
  return {
    plan: answer.body,
    lines: textsAt(answer.body, "lines"),
    isEmpty: objectsAt(answer.body, "steps").length === 0,
    ends: textsAt(answer.body, "ends"),
    ...(waits === undefined ? {} : { policiesWait: waits }),
    apply: () => admin.send("POST", "/registry/apply", { ...sent, revision }),
  };
}
