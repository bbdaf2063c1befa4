import type { TrustFile } from "@narrowgate/contracts";
import { parseTrustFile } from "@narrowgate/contracts";
import { toBase64url } from "@narrowgate/kernel";
import type { AdminClient } from "../admin/admin-client.ts";
import { asObject, objectsAt, textAt, textsAt } from "../admin/read-answer.ts";
import { NO_WITNESSES, readHead, statedLog } from "./read-head.ts";

/** A trust file, and the issuers whose keys it lacks. */
export interface MadeTrust {
  readonly trust: TrustFile;
  /** Signed note of the head in it. */
  readonly note: string;
  /** Issuers of people that publish their keys elsewhere. */
  readonly withoutKeys: readonly string[];
}

/**
 * Writes down what an operator sees now: log key and head, witnesses, issuers of people, where people approve, decision procedure.
 * Trust: it is as good as the instance it is read from; a reader compares the keys out of band.
 * @param threshold - how many witnesses must have cosigned
 * @throws `verification_failed` when the head does not verify under what the instance states
 */
export async function makeTrust(admin: AdminClient, threshold: number | undefined): Promise<MadeTrust> {
  const stated = await statedLog(admin);
  const witnesses = objectsAt(await admin.read("/witnesses"), "witnesses").map((item) => textAt(item, "key"));
  const needed = threshold ?? witnesses.length;
  // The newest head may not be cosigned yet; what the file asks of witnesses counts for what is verified with it.
  const { checkpoint, note } = await readHead(admin, stated, NO_WITNESSES);
  const issuers = objectsAt(await admin.read("/registry/issuers"), "issuers").filter((issuer) =>
    textsAt(issuer, "uses").includes("subject"),
  );
  const held = issuers.filter(({ jwks }) => jwks !== undefined);
  const status = await admin.read("/status");
  const place = asObject(status.approvals);
  const trust = parseTrustFile({
    format: "narrowgate-trust/1",
    logs: [{ ...stated, size: checkpoint.size, root: toBase64url(checkpoint.root) }],
    witnesses: { keys: witnesses, threshold: needed },
    issuers: held.map((item) => ({ issuer: textAt(item, "issuer"), jwks: asObject(item.jwks) })),
    ...(status.approvals === undefined
      ? {}
      : { approvals: { origin: textAt(place, "origin"), rp_id: textAt(place, "rp_id") } }),
    procedures: [textAt(status, "procedure")],
  });
  const withoutKeys = issuers.filter((item) => !held.includes(item)).map((item) => textAt(item, "issuer"));
  return { trust, note, withoutKeys };
}
