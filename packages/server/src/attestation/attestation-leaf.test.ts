import { platformInstanceCommitment } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { newWorkloadKey } from "../../test/attestation/keys.ts";
import { agent, newRoom } from "../../test/attestation/room.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { acceptedLeaf, refusedLeaf } from "./attestation-leaf.ts";

const shown = {
  method: "oidc",
  jkt: "A".repeat(43),
  assertion: "token",
  dpop: "proof",
  claims: { sub: "system:serviceaccount:agents:reader" },
} as const;
const instance = { ref: randomId(), entry: randomId(), agentRef: randomId() };

test("an accepted attestation commits to the platform's name and shows it only when opened", () => {
  const leaf = acceptedLeaf({ ...shown, platformInstance: "pod 1" }, instance);
  expect(leaf.proof).toEqual({ assertion: "token", dpop: "proof" });
  const opened = Object(leaf.content?.platform_instance);
  expect(opened.id).toBe("pod 1");
  expect(leaf.body.platform_instance).toBe(platformInstanceCommitment(nodeSha256, opened.salt, opened.id));
  expect(JSON.stringify(leaf.body)).not.toMatch(/pod 1|serviceaccount|token/);
  const again = acceptedLeaf({ ...shown, platformInstance: "pod 1" }, instance);
  expect(again.body.platform_instance).not.toBe(leaf.body.platform_instance);
});

test("a refused attestation says why and names no instance", () => {
  expect(refusedLeaf(shown, "attestation_failed")).toEqual({
    type: "attestation",
    body: { verdict: "refused", code: "attestation_failed", method: "oidc", jkt: shown.jkt },
    proof: { assertion: "token", dpop: "proof" },
    content: { claims: shown.claims },
  });
});

test("nothing is bound while evidence cannot be written", async () => {
  const room = await newRoom();
  room.registry.put(agent("reader", [{ method: "enrolment" }]));
  const { code } = await room.attestation.issueJoinCode("reader", randomId());
  const key = await newWorkloadKey();
  await room.evidence.close();
  const answer = await room.enrol(key, { agent: "reader", code });
  expect(answer).toMatchObject({ status: 503, body: { code: "evidence_unavailable" } });
  expect(room.attestation.instance("reader", key.jkt)).toBeUndefined();
  await room.store.close();
  await room.instance.remove();
});
