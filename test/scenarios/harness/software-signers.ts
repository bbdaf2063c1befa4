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
import type { ReleaseInstance } from "./release-instances.ts";

type Place = { readonly origin: string; readonly rpId: string };

async function post({ origin }: Place, path: string, body: JsonObject): Promise<JsonObject> {
  const response = await fetch(`${origin}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new RangeError(JSON.stringify(answer));
  return asObject(answer);
}

async function enrolled(place: Place, code: string): Promise<SoftwarePasskey> {
  const key = new SoftwarePasskey();
  const { options } = await post(place, "/people/enrol/begin", { code });
  const made = key.create(textAt(asObject(options), "challenge"), place);
  await post(place, "/people/enrol/finish", { code, ...made });
  return key;
}

/** Has an operator invite four people, who make passkeys in software and sign a release with them, each in her role. */
export async function signInSoftware({ gate, operators }: ReleaseInstance, url: string): Promise<void> {
  const { approvals } = gate.config;
  if (approvals === undefined) throw new RangeError("nobody can sign there");
  const place = { origin: approvals.origin, rpId: approvals.rpId };
  const handle = url.split("#")[1] ?? "";
  for (const role of RELEASE_ROLES) {
    const body = { name: `${role} person`, roles: [role], identities: [] };
    const code = textAt(await operators.first.send("POST", "/people", body), "code");
    const key = await enrolled(place, code);
    await post(place, "/release/sign", await answerOf({ place, handle, role }, key));
  }
}

async function answerOf(
  { place, handle, role }: { readonly place: Place; readonly handle: string; readonly role: ReleaseRole },
  key: SoftwarePasskey,
): Promise<JsonObject> {
  const asked = await post(place, "/release/request", { handle });
  const choice = objectsAt(asked, "choices").find((one) => textAt(one, "role") === role);
  const statement = textAt(choice ?? {}, "sign");
  const challenge = releaseChallenge(nodeSha256, parseReleaseStatement(utf8(statement)));
  const { id, ...made } = key.get(challenge, place);
  return { handle, credential: id, signed: { statement, ...made } };
}
