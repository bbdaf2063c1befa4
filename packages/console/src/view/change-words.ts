import {
  RELEASE_PARTS,
  type ReleaseChange,
  type ReleaseLine,
  type ReleaseSheet,
} from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { counted } from "./counted.ts";
import { grantWords } from "./grant-words.ts";
import { shownJson } from "./opened-leaf.ts";
import { visibleText } from "./visible-text.ts";

/** Parts of a manifest, as a reader calls them. */
export const PART_WORDS: Readonly<Record<ReleaseChange["part"], string>> = {
  agent: "The agent",
  ceiling: "What it may do at most",
  tools: "Operations",
  policies: "Policies that can apply",
  entitlements: "Entitlement mapping",
  response_rules: "Rules for answers",
  procedure: "Decision procedure",
  brokers: "Brokers of credentials",
  attested: "What a platform attested",
  declared: "What the author declares",
};

/** What stops an agent, in words. Trust: the name may be anything. */
export function stopWords(part: string): string {
  if (part === "deployment")
    return "where it runs and who answers for it (owner, deputy, addresses, bindings, issuers)";
  return Object.entries(PART_WORDS).find(([name]) => name === part)?.[1] ?? visibleText(part);
}

/** Whether what is in force still is what was signed, for a list; undefined where it is not told. */
export function standsWords({ stands }: Pick<ReleaseLine, "stands">): string | undefined {
  if (stands === undefined) return undefined;
  const { stops, left } = stands;
  if (stops.length > 0) return `gets no tokens: not as it was signed: ${stops.map(stopWords).join("; ")}`;
  if (left > 0) return counted(left, "operation differs and has left", "operations differ and have left");
  return "as it was signed";
}

type PolicyNames = NonNullable<ReleaseSheet["policy_names"]>;

/** What it means how well a part is known. */
export const KNOWN_WORDS: Readonly<Record<(typeof RELEASE_PARTS)[ReleaseChange["part"]], string>> = {
  enforced: "the plane itself refuses what differs",
  attested: "a platform signed it",
  declared: "the author's word; nothing tests it",
};

/** One line of a change: what, and both sides in words. */
export interface ChangeLine {
  readonly label: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Changes of one part, in words. */
export interface ChangedPart {
  readonly part: ReleaseChange["part"];
  readonly known: (typeof RELEASE_PARTS)[ReleaseChange["part"]];
  readonly changes: readonly {
    readonly change: ReleaseChange["change"];
    readonly name: string;
    readonly lines: readonly ChangeLine[];
  }[];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const digestText = /^[\w-]{43}$/;

function words(value: JsonValue | undefined): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value))
    return value.map((item: JsonValue) =>
      isObject(item) && typeof item.type === "string" ? visibleText(grantWords(item)) : shownJson(item),
    );
  if (typeof value === "string" && digestText.test(value)) return [`digest ${value.slice(0, 12)}…`];
  return [shownJson(value)];
}

const memberWords: Readonly<Record<string, string>> = {
  authorization_details: "Grants",
  dataClass: "Class of data",
  egress: "Leaves the house",
  effect: "Effect",
  pin: "Pinned definition",
  scope: "Scope",
  untrusted: "Answers are untrusted",
};

function memberLines(before: JsonObject, after: JsonObject): readonly ChangeLine[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const sides = [before[name], after[name]] as const;
    if (JSON.stringify(sides[0]) === JSON.stringify(sides[1])) return [];
    const label = Object.hasOwn(memberWords, name) ? (memberWords[name] ?? name) : visibleText(name);
    return [{ label, before: words(sides[0]), after: words(sides[1]) }];
  });
}

/** Members that say again what the name of the change says. */
const told = ["server", "kind", "name"];

function withoutTold(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !told.includes(name)));
}

function linesOf({ name, before, after }: ReleaseChange): readonly ChangeLine[] {
  const sides = [before, after].filter((side) => side !== undefined);
  // What is named by itself, a digest, has nothing more to be said of it.
  if (sides.every((side) => side === name)) return [];
  if (sides.every(isObject))
    return memberLines(
      isObject(before) ? withoutTold(before) : {},
      isObject(after) ? withoutTold(after) : {},
    );
  return [{ label: "", before: words(before), after: words(after) }];
}

function shownName({ part, name }: ReleaseChange, policies: PolicyNames): string {
  const known = part === "policies" && Object.hasOwn(policies, name) ? policies[name] : undefined;
  if (known !== undefined) return `${visibleText(known)} (digest ${name.slice(0, 12)}…)`;
  if (part === "ceiling" && Object.hasOwn(memberWords, name)) return memberWords[name] ?? name;
  return digestText.test(name) ? `digest ${name.slice(0, 12)}…` : visibleText(name);
}

/**
 * A difference in words, part by part, in the order of the manifest. Trust: values may have any shape.
 * @param policies - how policies are called, by digest
 */
export function changedParts(
  diff: readonly ReleaseChange[],
  policies: PolicyNames = {},
): readonly ChangedPart[] {
  return Object.entries(Object.groupBy(diff, ({ part }) => part)).flatMap(([, changes]) => {
    const [first] = changes;
    if (first === undefined) return [];
    const { part } = first;
    return [
      {
        part,
        known: RELEASE_PARTS[part],
        changes: changes.map((change) => ({
          change: change.change,
          name: shownName(change, policies),
          lines: linesOf(change),
        })),
      },
    ];
  });
}
