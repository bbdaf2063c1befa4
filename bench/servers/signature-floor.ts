/** The signatures of one exchange and nothing else: three verifications and one signature, one thread. */
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { answerParent } from "../processes/answer-parent.ts";

const pairs = Array.from({ length: 4 }, () => generateKeyPairSync("ec", { namedCurve: "P-256" }));
const message = Buffer.alloc(600, "m");
const signatures = pairs.map(({ privateKey }) => sign("sha256", message, privateKey));

function once(): void {
  for (const [i, { publicKey, privateKey }] of pairs.entries()) {
    if (i === 3) sign("sha256", message, privateKey);
    else if (!verify("sha256", message, publicKey, signatures[i] ?? message))
      throw new Error("the signature is wrong");
  }
}

const api = {
  /** @returns milliseconds for `count` times three verifications and one signature */
  run({ count }: { readonly count: number }): number {
    const started = performance.now();
    for (let i = 0; i < count; i++) once();
    return performance.now() - started;
  },
};

/** What the floor can be asked. */
export type SignatureFloorApi = typeof api;
answerParent(api);
