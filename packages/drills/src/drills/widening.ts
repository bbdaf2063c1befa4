import type { Target } from "../stage/target.ts";
import { claimsOf, listAt, numberAt, objectOf, textAt } from "../wire/reading.ts";

const CLASSES = ["public", "internal", "confidential", "restricted"];

/** What a token holds that is asked to become more. */
export interface Parent {
  readonly type: string;
  readonly server: string;
  readonly tools: readonly string[];
  readonly constraints: Readonly<Record<string, unknown>>;
  readonly data_class: string;
  readonly caps: { readonly calls: number };
  readonly depth: number;
}

/** Fields of a request to the token endpoint. */
export type Form = Readonly<Record<string, string>>;

/** A way to ask for more than the parent has, named after what it widens. */
export type Way = readonly [string, (issuer: string, random: () => number) => Form];

/** One step inside what a ceiling says of an argument. */
function narrowed(constraint: unknown): unknown {
  const prefix = textAt(constraint, "prefix");
  const [first] = listAt(constraint, "one_of");
  if (first !== undefined) return { equals: first };
  return prefix === "" ? constraint : { prefix: `${prefix}${prefix.endsWith("/") ? "" : "/"}a/` };
}

/** What the target hands on first: inside its ceiling in every dimension that can be made smaller. */
export function parentOf({ server, tool, detail }: Target): Parent {
  const constraints = Object.entries(objectOf(detail["constraints"]));
  const isPublic = detail["data_class"] === "public";
  return {
    type: "mcp_tool",
    server,
    tools: [tool],
    constraints: Object.fromEntries(constraints.map(([pointer, one]) => [pointer, narrowed(one)])),
    data_class: isPublic ? "public" : "internal",
    caps: { calls: 5 },
    depth: 1,
  };
}

/** Ways round one constraint. */
function waysRound(pointer: string, constraint: unknown): readonly (readonly [string, unknown])[] {
  const prefix = textAt(constraint, "prefix");
  if (prefix === "")
    return [
      [`another value of ${pointer}`, { equals: "drill-something-else" }],
      [`more values of ${pointer}`, { one_of: ["drill-something-else", "drill-more"] }],
      [`any beginning of ${pointer}`, { prefix: "d" }],
      [`a range at ${pointer}`, { min: -1, max: 1e12 }],
    ];
  const above = prefix.slice(0, -2);
  return [
    [`a sibling of ${pointer}`, { prefix: `${above}b/` }],
    [`shorter at ${pointer}`, { prefix: above }],
    [`begins alike at ${pointer}`, { prefix: prefix.slice(0, -1) }],
    [`dot segments at ${pointer}`, { prefix: `${prefix}../` }],
    [`one of several at ${pointer}`, { one_of: [`${prefix}x`, `${above}b/x`] }],
  ];
}

/** All the ways, for one parent. */
export function waysToWiden(parent: Parent): readonly Way[] {
  const detail = (more: object): Form => ({
    authorization_details: JSON.stringify([{ ...parent, ...more }]),
  });
  const { constraints, tools, server } = parent;
  const [tool = ""] = tools;
  const rounds = Object.entries(constraints).flatMap(([pointer, one]): readonly Way[] => {
    const { [pointer]: _, ...others } = constraints;
    return [
      [`no constraint on ${pointer}`, () => detail({ constraints: others })],
      ...waysRound(pointer, one).map(
        ([name, wider]): Way => [name, () => detail({ constraints: { ...others, [pointer]: wider } })],
      ),
    ];
  });
  return [
    ["another tool", () => detail({ tools: [tool, "write_note"] })],
    ["a wildcard", () => detail({ tools: ["*"] })],
    ["another case", () => detail({ tools: [tool.toUpperCase()] })],
    ...rounds,
    ["a higher class", (_, random) => detail({ data_class: random() < 0.5 ? "confidential" : "restricted" })],
    ["no class", () => detail({ data_class: undefined })],
    ["a higher cap", (_, random) => detail({ caps: { calls: 6 + Math.floor(random() * 1000) } })],
    ["no cap", () => detail({ caps: undefined })],
    ["more depth", (_, random) => detail({ depth: 2 + Math.floor(random() * 14) })],
    ["a longer life", () => detail({ expires: Math.floor(Date.now() / 1000) + 86_400 })],
    ["another server", () => detail({ server: "drill-store", tools: ["recall"] })],
    [
      "two details",
      () => ({ authorization_details: JSON.stringify([parent, { ...parent, tools: ["write_note"] }]) }),
    ],
    ["another scope", () => ({ scope: `${server}:write drill-pay:pay admin` })],
    ["a sibling audience", (issuer) => ({ resource: `${issuer}/mcp/drill-store` })],
    ["an audience elsewhere", () => ({ resource: `https://gate.example/mcp/${server}` })],
    ["an audience with dots", (issuer) => ({ resource: `${issuer}/mcp/${server}/../drill-pay` })],
    ["another subject", () => ({ subject: "agent:drill-lead", requested_subject: "agent:drill-lead" })],
    [
      "everything",
      () => ({
        scope: "*",
        authorization_details: JSON.stringify([{ type: "mcp_tool", server: "*", tools: ["*"] }]),
      }),
    ],
  ];
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function values(constraint: unknown): readonly unknown[] {
  const { equals } = objectOf(constraint);
  return equals === undefined ? listAt(constraint, "one_of") : [equals];
}

function isRangeWithin(child: unknown, parent: unknown): boolean {
  const { min, max } = objectOf(parent);
  const own = objectOf(child);
  const fits = (value: unknown): boolean =>
    typeof value === "number" &&
    (typeof min !== "number" || value >= min) &&
    (typeof max !== "number" || value <= max);
  const named = values(child);
  if (named.length > 0) return named.every(fits);
  return (min === undefined || fits(own["min"])) && (max === undefined || fits(own["max"]));
}

/** Whether what a child says of an argument is inside what its parent says. */
function isConstraintWithin(child: unknown, parent: unknown): boolean {
  if (child === undefined) return false;
  const prefix = textAt(parent, "prefix");
  const begins = (value: unknown): boolean => typeof value === "string" && value.startsWith(prefix);
  const named = values(child);
  if (prefix !== "") return named.length > 0 ? named.every(begins) : begins(textAt(child, "prefix"));
  const admitted = values(parent);
  if (admitted.length > 0)
    return named.length > 0 && named.every((value) => admitted.some((one) => same(one, value)));
  return isRangeWithin(child, parent);
}

function isDetailWithin(value: unknown, parent: Parent): boolean {
  const child = objectOf(value);
  const tools = listAt(child, "tools");
  const held = objectOf(child["constraints"]);
  const level = CLASSES.indexOf(textAt(child, "data_class"));
  const { calls } = objectOf(child["caps"]);
  return (
    child["type"] === parent.type &&
    child["server"] === parent.server &&
    tools.length > 0 &&
    tools.every((tool) => typeof tool === "string" && parent.tools.includes(tool)) &&
    Object.entries(parent.constraints).every(([pointer, one]) => isConstraintWithin(held[pointer], one)) &&
    level >= 0 &&
    level <= CLASSES.indexOf(parent.data_class) &&
    typeof calls === "number" &&
    calls <= parent.caps.calls &&
    numberAt(child, "depth") <= parent.depth
  );
}

/** Whether a token is inside its parent: this program's own comparison. @param held - what the parent was narrowed to */
export function isNarrower(child: string, above: string, held: Parent): boolean {
  const [own, parent] = [claimsOf(child), claimsOf(above)];
  const scopes = new Set(textAt(parent, "scope").split(" "));
  const isScoped = textAt(own, "scope")
    .split(" ")
    .every((one) => one === "" || scopes.has(one));
  // Where a lineage may be aimed at stands in `ng.reach`; the audience of each token is one of those.
  const reach = listAt(parent, "ng", "reach");
  const isAimed = [own["aud"], ...listAt(own, "ng", "reach")].every((one) => reach.includes(one));
  const isSame = isAimed && ["sub", "iss", "txn"].every((name) => own[name] === parent[name]);
  const lives = numberAt(own, "exp") <= numberAt(parent, "exp");
  const details = listAt(own, "authorization_details");
  return details.every((one) => isDetailWithin(one, held)) && isScoped && isSame && lives;
}
