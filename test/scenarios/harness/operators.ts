import { join } from "node:path";
import type { JsonObject } from "@narrowgate/kernel";
import { type AdminClient, createAdminClient } from "../../../packages/cli/src/admin/admin-client.ts";
import { objectsAt } from "../../../packages/cli/src/admin/read-answer.ts";
import { enrolFirstOperator, enrolmentRequest } from "../../../packages/cli/src/instance/enrol-operator.ts";
import { createOperatorKey } from "../../../packages/cli/src/places/operator-key-file.ts";
import type { TestInstance } from "./test-instance.ts";

/** Two operators of one instance, who sign all they ask for. */
export interface Operators {
  readonly first: AdminClient;
  readonly second: AdminClient;
}

/** Enrols them: the first with the server's code, the second admitted by the first. */
export async function enrolOperators(gate: TestInstance): Promise<Operators> {
  const clientOf = async (name: string) => {
    const operatorKey = join(gate.directory, `${name}.json`);
    const identity = await createOperatorKey(operatorKey, name);
    const adminSocket = join(gate.config.dataDirectory, "admin.sock");
    const place = { baseUrl: gate.issuer, adminSocket, operatorKey };
    return { identity, admin: createAdminClient(place, async () => identity) };
  };
  const [first, second] = [await clientOf("ada"), await clientOf("lee")];
  const code = gate.instance().operators.offerFirst()?.shown ?? "";
  await enrolFirstOperator(first.admin, first.identity, code);
  await first.admin.send("POST", "/operators", await enrolmentRequest(second.identity, gate.issuer));
  return { first: first.admin, second: second.admin };
}

/** Applies a registry document; where policies take two operators, the second agrees. */
export async function applyByTwo(
  { first, second }: Operators,
  document: JsonObject,
  policies: string,
): Promise<void> {
  const body = {
    document: { ...document, policies: ["*.cedar"] },
    files: [{ name: "test.cedar", text: policies }],
  };
  const alone = await first.attempt("POST", "/registry/apply", body);
  if (alone.kind === "ok") return;
  if (alone.error.code !== "conflict")
    throw new AggregateError([...alone.problems, alone.error], JSON.stringify(alone.problems));
  await second.send("POST", "/registry/apply", body);
}

/** Approves what the upstream states now. */
export async function approvePins({ first }: Operators, server: string): Promise<void> {
  const path = `/registry/servers/${server}/pins`;
  const learned = objectsAt(await first.send("POST", path, {}), "operations");
  const approve = learned.map(({ kind, name, current }) => ({
    kind: kind ?? null,
    name: name ?? null,
    digest: current ?? null,
  }));
  await first.send("POST", path, { approve });
}
