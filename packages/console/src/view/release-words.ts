import type { GlassLine, ReleaseLine } from "@narrowgate/contracts";

/** What a state means. */
const RELEASE_STATE_WORDS: Readonly<Record<ReleaseLine["state"], string>> = {
  open: "waits for signatures",
  expired: "nobody signed it in time",
  active: "in force",
  canary: "in force for a share of the mandates",
  past: "was in force",
  refused: "refused by one of the four",
  withdrawn: "withdrawn or rolled back",
};

/** What state it is in; of a canary how much runs under it. */
export function stateWords({ state, share }: Pick<ReleaseLine, "state" | "share">): string {
  return share === undefined ? RELEASE_STATE_WORDS[state] : `canary: ${share} % of the mandates`;
}

/** What a leaf about a release says happened. */
export const ACTION_WORDS: Readonly<Record<string, string>> = {
  proposed: "proposed",
  signed: "signed",
  refused: "refused",
  withdrawn: "withdrawn",
  activated: "brought into force",
  canary: "put beside the one in force, for a share of the mandates",
  deactivated: "taken out of force",
};

/** The four who sign, in the order of the certificate. */
export const SIGNING_ROLES: readonly (readonly [role: string, words: string])[] = [
  ["iam", "Identity and access"],
  ["pam", "Privileged access"],
  ["security", "Security"],
  ["compliance", "Compliance"],
];

/** What has to happen next, as it stands; the command is typed by an operator, whose key no browser holds. */
export type NextStep =
  | { readonly kind: "sign"; readonly missing: readonly string[]; readonly url: string | undefined }
  | { readonly kind: "mend"; readonly blocking: readonly string[] }
  | { readonly kind: "command"; readonly does: string; readonly command: string }
  | { readonly kind: "nothing" };

/** The steps from here, the first one first. */
export function nextSteps(release: ReleaseLine): readonly NextStep[] {
  const { id, agent, state, missing, lapsed, blocking, url } = release;
  switch (state) {
    case "open": {
      const toSign = [...new Set([...missing, ...lapsed])];
      return [
        ...(blocking.length > 0 ? [{ kind: "mend", blocking } as const] : []),
        ...(toSign.length > 0 ? [{ kind: "sign", missing: toSign, url } as const] : []),
        {
          kind: "command",
          does: "bring it into force, once four have signed and nothing blocks",
          command: `narrowgate release promote ${id}`,
        },
      ];
    }
    case "active":
      return [
        {
          kind: "command",
          does: "go back to the release before, ending every token that names this one",
          command: `narrowgate release rollback ${agent} --reason TEXT`,
        },
      ];
    case "canary":
      return [
        {
          kind: "command",
          does: "bring it into force for all mandates",
          command: `narrowgate release promote ${id}`,
        },
        {
          kind: "command",
          does: "end it, with every token that names it; the release beside it goes on",
          command: `narrowgate release rollback ${agent} --reason TEXT`,
        },
      ];
    case "past":
      return [
        {
          kind: "command",
          does: "go back to this one, once its registry file is applied again",
          command: `narrowgate release rollback ${agent} --to ${id} --reason TEXT`,
        },
      ];
    case "expired":
      return [{ kind: "command", does: "propose it anew", command: `narrowgate release propose ${agent}` }];
    default:
      return [{ kind: "nothing" }];
  }
}

/** Whether tokens ever named it: it is in force, was, or was rolled back, which leaves no missing role. */
export function wasInForce({ state, missing }: Pick<ReleaseLine, "state" | "missing">): boolean {
  return state === "active" || state === "past" || (state === "withdrawn" && missing.length === 0);
}

/** What the state of a break-glass means. */
export const GLASS_STATE_WORDS: Readonly<Record<GlassLine["state"], string>> = {
  asked: "waits for two people",
  open: "lets it through now",
  due: "is over, and waits for its review",
  reviewed: "was reviewed",
  refused: "was refused",
  withdrawn: "ended with its agent, before it was opened",
  expired: "nobody signed it in time",
};
