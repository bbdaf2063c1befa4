import type {
  DecisionRow,
  NamedOperator,
  OverlayTexts,
  PolicySurroundings,
  PolicyVersion,
  ShadowReport,
} from "@narrowgate/contracts";
import type { PoliciesPorts } from "@narrowgate/server/pages";

/** Policies that are shown; an absent part is empty. */
export interface ServedPolicies {
  readonly needsTwo?: boolean;
  /** Oldest first. */
  readonly versions?: readonly Omit<PolicyVersion, "version" | "author">[];
  /** Who proposed each version. */
  readonly author?: NamedOperator;
  readonly shadow?: ShadowReport;
  readonly surroundings?: PolicySurroundings;
  readonly overlays?: OverlayTexts["overlays"];
  /** Oldest first. */
  readonly decisions?: readonly DecisionRow[];
  /** Decisions in one answer. */
  readonly pageLength?: number;
}

const nobody: PolicySurroundings = { agentsInAll: 0, agents: [], servers: [] };

/** Policies made up for tests of the pages. */
export function servedPolicies(served: ServedPolicies = {}): PoliciesPorts {
  const { needsTwo = false, versions = [], author, shadow = { state: "off" } } = served;
  const { surroundings = nobody, overlays = [], decisions = [], pageLength = 512 } = served;
  return {
    async versions(limit) {
      const lines = versions.map(({ bundle: _, ...line }, i) => ({ ...line, version: i + 1 }));
      return { needsTwo, total: versions.length, versions: lines.reverse().slice(0, limit) };
    },
    async version(version) {
      const found = versions[version - 1];
      return found === undefined ? undefined : { from: version, count: 1, content: { ...found, version } };
    },
    author: async () => (author === undefined ? undefined : { from: 0, count: 1, content: author }),
    shadow: () => shadow,
    surroundings: () => surroundings,
    overlays: async () => ({ from: 0, count: overlays.length, content: { overlays } }),
    async decisions({ from = 0, sinceMs }) {
      const rows = decisions.filter(({ atMs }) => atMs >= sinceMs);
      const shown = rows.slice(from, from + pageLength);
      const next = from + pageLength < rows.length ? { next: from + pageLength } : {};
      return { from, count: shown.length, content: { decisions: shown, undisclosed: 0, ...next } };
    },
  };
}
