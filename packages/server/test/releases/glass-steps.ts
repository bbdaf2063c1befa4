import { glassChallenge, type ReleaseRole } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import type { Releases } from "../../src/assurance/releases/index.ts";
import { nodeSha256 } from "../../src/platform/crypto-hash/sha256.ts";
import type { TestPasskey } from "../approvals/passkey.ts";

/** What people do about a break-glass in tests. */
export interface GlassSteps {
  /** Asks for a break-glass of an hour, and gives the handle of its page. */
  askGlass(seconds?: number): Promise<{ readonly id: string; readonly handle: string }>;
  /** Signs a break-glass, or with findings its review, and gives what came of it or the code of its refusal. */
  answerGlass(
    handle: string,
    key: TestPasskey,
    role: ReleaseRole,
    more?: { readonly findings?: string; readonly kind?: "sign" | "refuse" },
  ): Promise<string>;
}

const asking = { operator: randomId(), jws: "e30.e30.AA" };

/** Acts at the handle, as the page does. */
export function glassSteps(releases: Releases): GlassSteps {
  return {
    async askGlass(seconds = 3600) {
      const { id, url } = await releases.askGlass({ agent: "refunds", reason: "an outage", seconds }, asking);
      return { id: String(id), handle: String(url).split("#")[1] ?? "" };
    },
    async answerGlass(handle, key, role, { findings = "", kind = "sign" } = {}) {
      const described = await releases.describeGlass(handle);
      if (described === undefined || !("choices" in described)) return String(described?.state);
      const choice = described.choices.find((one) => one.role === role)?.[kind];
      if (choice === undefined) return "not asked";
      const text = choice.replace('"findings":""', `"findings":${JSON.stringify(findings)}`);
      const challenge = glassChallenge(nodeSha256, JSON.parse(text));
      const signed = key.sign(text, { challenge });
      return releases.answerGlass({ handle, credential: key.id, signed }).then(
        ({ kind: done, untilMs }) => (untilMs === undefined ? done : "open"),
        (error: { code: string }) => error.code,
      );
    },
  };
}
