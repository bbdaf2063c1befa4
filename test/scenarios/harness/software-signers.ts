import {
  parseReleaseStatement,
  RELEASE_ROLES,
  type ReleaseRole,
  releaseChallenge,
} from "@narrowgate/contracts";
import { type JsonObject, utf8 } from "@narrowgate/kernel";
import { asObject, objectsAt, textAt } from "../../../packages/cli/src/admin/read-answer.ts";
import { nodeSha256 } from "../../../packages/server/src/platform/crypto-hash/sha256.ts";
import { SoftwarePasskey } from "../../../packages/server/test/people/software-passkey.ts";
import type { Operators } from "./operators.ts";
import type { ReleaseInstance } from "./release-instances.ts";

/** Where people sign. */
export type Place = { readonly origin: string; readonly rpId: string };

/** Posts JSON to a page of people, as its script does. */
export async function postTo({ origin }: Place, path: string, body: JsonObject): Promise<JsonObject> {
  const response = await fetch(`${origin}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new RangeError(JSON.stringify(answer));
  return asObject(answer);
}

/** Makes a passkey with a code, as the page for it does. */
export async function enrolledInSoftware(place: Place, code: string): Promise<SoftwarePasskey> {
  const key = new SoftwarePasskey();
  const { options } = await postTo(place, "/people/enrol/begin", { code });
  const made = key.create(textAt(asObject(options), "challenge"), place);
  await postTo(place, "/people/enrol/finish", { code, ...made });
  return key;
}

async function invited(operators: Operators, place: Place, role: ReleaseRole): Promise<SoftwarePasskey> {
  const body = { name: `${role} person`, roles: [role], identities: [] };
  return enrolledInSoftware(place, textAt(await operators.first.send("POST", "/people", body), "code"));
}

/** Passkeys in software, by the role of the person who has one. */
export type SoftwareSigners = Map<ReleaseRole, SoftwarePasskey>;

/**
 * Has an operator invite four people, who make passkeys in software and sign a release with them, each in her role.
 * @param known - those who were invited before
 */
export async function signInSoftware(
  { gate, operators }: Pick<ReleaseInstance, "gate" | "operators">,
  url: string,
  known: SoftwareSigners = new Map(),
): Promise<void> {
  const { approvals } = gate.config;
  if (approvals === undefined) throw new RangeError("nobody can sign there");
  const place = { origin: approvals.origin, rpId: approvals.rpId };
  const handle = url.split("#")[1] ?? "";
  for (const role of RELEASE_ROLES) {
    const key = known.get(role) ?? (await invited(operators, place, role));
    known.set(role, key);
    await postTo(place, "/release/sign", await answerOf({ place, handle, role }, key));
  }
}

async function answerOf(
  { place, handle, role }: { readonly place: Place; readonly handle: string; readonly role: ReleaseRole },
  key: SoftwarePasskey,
): Promise<JsonObject> {
  const asked = await postTo(place, "/release/request", { handle });
  const choice = objectsAt(asked, "choices").find((one) => textAt(one, "role") === role);
  const statement = textAt(choice ?? {}, "sign");
  const challenge = releaseChallenge(nodeSha256, parseReleaseStatement(utf8(statement)));
  const { id, ...made } = key.get(challenge, place);
  return { handle, credential: id, signed: { statement, ...made } };
}
