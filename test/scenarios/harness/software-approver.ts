import { parseStatement, statementChallenge } from "@narrowgate/contracts";
import { utf8 } from "@narrowgate/kernel";
import { objectsAt, textAt } from "../../../packages/cli/src/admin/read-answer.ts";
import { nodeSha256 } from "../../../packages/server/src/platform/crypto-hash/sha256.ts";
import type { SoftwarePasskey } from "../../../packages/server/test/people/software-passkey.ts";
import { enrolledInSoftware, postTo } from "./software-signers.ts";
import type { TestInstance } from "./test-instance.ts";

const OPERATOR = { operator: "A".repeat(22), jws: "signed.by.test" };

/** A person with the role of an approver, and a passkey in software. */
export interface SoftwareApprover {
  readonly key: SoftwarePasskey;
  /** Approves what waits at an address, as its page does. */
  approve(url: string): Promise<void>;
}

/** Invites an approver, who makes her passkey. */
export async function softwareApprover(gate: TestInstance, name: string): Promise<SoftwareApprover> {
  const { approvals } = gate.config;
  if (approvals === undefined) throw new RangeError("nobody can approve there");
  const place = { origin: approvals.origin, rpId: approvals.rpId };
  const { people } = gate.instance();
  const { code } = await people.invite({ name, roles: ["approver"], identities: [] }, OPERATOR);
  const key = await enrolledInSoftware(place, code);
  return {
    key,
    async approve(url) {
      const handle = url.split("#")[1] ?? "";
      const asked = await postTo(place, "/request", { handle });
      const statement = textAt(objectsAt(asked, "choices")[0] ?? {}, "approve");
      const { id, ...made } = key.get(statementChallenge(nodeSha256, parseStatement(utf8(statement))), place);
      await postTo(place, "/sign", { handle, credential: id, signed: { statement, ...made } });
    },
  };
}
