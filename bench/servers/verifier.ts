/** Offline verification on one core: a bundle with many decisions under many published policies. */
import { generateKeyPairSync, sign } from "node:crypto";
import { parsePublicJwk, type TrustFile } from "@narrowgate/contracts";
import { createNodeEngine } from "@narrowgate/policy/node";
import { recordSupportCase } from "@narrowgate/testkit/bundle";
import { formatReport, verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { answerParent } from "../processes/answer-parent.ts";

const engine = createNodeEngine();
const crypto = nodeCrypto();
let bundle:
  | { readonly bytes: Uint8Array; readonly recorded: ReturnType<typeof recordSupportCase> }
  | undefined;

/** What one verification took. */
export interface Verified {
  readonly verdict: string;
  readonly recomputed: number;
  readonly wallMs: number;
  readonly timings: Readonly<Record<string, number>>;
}

/** What going over all bundles took. */
export interface Replayed {
  readonly decisions: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

const bundles: { readonly bytes: Uint8Array; readonly trust: TrustFile }[] = [];

/** Verifies every bundle that was taken. @param isTold - tells the story of each, as `txn replay` prints it */
async function replayAll(isTold: boolean): Promise<Replayed> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  let decisions = 0;
  for (const { bytes, trust } of bundles) {
    const report = await verifyBundle(bytes, { crypto, engine, trust });
    if (report.failures.length > 0) throw new Error(JSON.stringify(report.failures.slice(0, 3)));
    if (isTold && formatReport(report, { colour: false }).length === 0) throw new Error("no story was told");
    decisions += report.decisions.recomputed;
  }
  const wallMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { decisions, wallMs, cpuMs: (user + system) / 1000 };
}

const api = {
  /** Takes a bundle of a log. */
  take(bundle: { readonly bytes: Uint8Array; readonly trust: TrustFile }): void {
    bundles.push(bundle);
  },
  replayAll: ({ isTold }: { readonly isTold: boolean }): Promise<Replayed> => replayAll(isTold),
  /** Records a case of so many calls. @returns bytes of its bundle */
  async prepare(of: {
    readonly calls: number;
    readonly distinct: boolean;
    readonly policies: number;
  }): Promise<number> {
    const { calls, distinct, policies } = of;
    const recorded = recordSupportCase(engine, { calls, distinct, furtherPolicies: policies - 2 });
    const bytes = await recorded.log.export(recorded.txn);
    bundle = { bytes, recorded };
    return bytes.length;
  },
  /** The least a decision costs: its possession proof. @returns ES256 verifications per second on this core, by the verifier's own code */
  async signatures({ count }: { readonly count: number }): Promise<number> {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
    const jwk = parsePublicJwk({ kty, crv, x, y });
    if (jwk.kty !== "EC") throw new TypeError("not an EC key");
    const message = Buffer.alloc(600, "m");
    const signature = sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" });
    const started = performance.now();
    for (let i = 0; i < count; i++) {
      if (!(await crypto.verifyEs256(jwk, message, signature))) throw new Error("the signature is wrong");
    }
    return (count * 1000) / (performance.now() - started);
  },
  async verify(): Promise<Verified> {
    if (bundle === undefined) throw new RangeError("prepare first");
    const started = performance.now();
    const report = await verifyBundle(bundle.bytes, { crypto, engine, trust: bundle.recorded.trust() });
    const wallMs = performance.now() - started;
    const { verdict, decisions, timings, failures } = report;
    if (failures.length > 0) throw new Error(JSON.stringify(failures.slice(0, 3)));
    return { verdict, recomputed: decisions.recomputed, wallMs, timings: { ...timings } };
  },
};

/** What the verifier can be asked. */
export type VerifierApi = typeof api;
answerParent(api);
