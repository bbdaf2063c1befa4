import { canonicalJson } from "@narrowgate/kernel";
import { type Admin, operatorAt, operatorSignature } from "../wire/admin.ts";
import { type Answer, send } from "../wire/http.ts";
import { digestOf, makeKey } from "../wire/key.ts";
import { type Approver, enrolApprover } from "../wire/passkey.ts";
import { listAt, textAt } from "../wire/reading.ts";
import type { Sandbox } from "./sandbox.ts";

/** The four who sign a release. */
export const SIGNING_ROLES = ["compliance", "iam", "pam", "security"] as const;

/** A profile of a sandbox's own that demands nothing: what is drilled is who must sign, and what is held afterwards. */
export const NOTHING_DEMANDED = {
  format: "narrowgate-gate-profile/1",
  name: "drill",
  version: 1,
  controls: [],
  drills: [],
} as const;

/** Enrols a second operator: in production policies come into force by two. */
export async function secondOperator({ admin, issuer, socket }: Sandbox): Promise<Admin> {
  const key = makeKey();
  const part = { name: "a second one", jwk: key.jwk };
  const asked = { method: "POST", path: "/operators", body: canonicalJson(part), origin: issuer };
  await admin.send("POST", "/operators", { ...part, signature: operatorSignature(key, asked) });
  return operatorAt({ socket, origin: issuer }, key);
}

/** Four people, one for each role, with passkeys in software. */
export async function fourSigners({ admin, approvals }: Sandbox): Promise<ReadonlyMap<string, Approver>> {
  const signers = new Map<string, Approver>();
  for (const role of SIGNING_ROLES) {
    const invited = await admin.send("POST", "/people", { name: `Signer of ${role}`, roles: [role] });
    const made = await enrolApprover(approvals, invited.body);
    if (made !== undefined) signers.set(role, made);
  }
  return signers;
}

function post(origin: string, path: string, body: object): Promise<Answer> {
  const headers = { "content-type": "application/json", origin };
  return send({ method: "POST", url: `${origin}${path}`, headers, body: JSON.stringify(body) });
}

/** What the page of a proposal asks to be signed, by role. @param proposed - as the admin API gave it */
export async function statementsOf(
  { approvals }: Sandbox,
  proposed: unknown,
): Promise<ReadonlyMap<string, string>> {
  const handle = textAt(proposed, "url").split("#")[1] ?? "";
  const shown = await post(approvals, "/release/request", { handle });
  return new Map(
    listAt(shown.body, "choices").map((choice) => [textAt(choice, "role"), textAt(choice, "sign")]),
  );
}

/** Signs one statement for a proposal with a passkey. */
export function signRelease(
  { approvals }: Sandbox,
  proposed: unknown,
  asked: { readonly statement: string; readonly by: Approver },
): Promise<Answer> {
  const { statement, by } = asked;
  const handle = textAt(proposed, "url").split("#")[1] ?? "";
  const signed = { statement, ...by.passkey.get(digestOf(`narrowgate/release-statement/v1\n${statement}`)) };
  return post(approvals, "/release/sign", { handle, credential: by.passkey.id, signed });
}
