import {
  type AccessTokenClaims,
  type ActorClaim,
  type BundleEntry,
  parseAccessTokenClaims,
  parseSigningInput,
} from "@narrowgate/contracts";
import { grantWords } from "./grant-words.ts";
import { visibleText } from "./visible-text.ts";

/** Somebody in the chain: the subject at the root, agents below whoever handed the task to them. */
export interface ActorNode {
  readonly name: string;
  readonly kind: "subject" | "agent";
  /** Scopes of all its tokens. */
  readonly scopes: readonly string[];
  /** What its tokens allow, in words, each once. */
  readonly grants: readonly string[];
  readonly tokens: number;
  readonly permits: number;
  readonly refusals: number;
  readonly children: readonly ActorNode[];
}

interface Growing {
  readonly name: string;
  readonly scopes: Set<string>;
  readonly grants: Set<string>;
  readonly children: Map<string, Growing>;
  tokens: number;
  permits: number;
  refusals: number;
}

const maxTokenBytes = 65_536;

function grow(name: string): Growing {
  const none = { tokens: 0, permits: 0, refusals: 0 };
  return { name, scopes: new Set(), grants: new Set(), children: new Map(), ...none };
}

function claimsOf({ leaf, openings }: BundleEntry): AccessTokenClaims | undefined {
  const text = openings?.proof?.signing_input;
  if (leaf.type !== "token" || typeof text !== "string") return undefined;
  try {
    return parseAccessTokenClaims(parseSigningInput(text, { maxBytes: maxTokenBytes }).payload);
  } catch {
    return undefined;
  }
}

/** Names from the first agent to the one that holds the token. */
function chainOf({ act }: AccessTokenClaims): readonly string[] {
  const names: string[] = [];
  for (let actor: ActorClaim | undefined = act; actor !== undefined; actor = actor.act)
    names.unshift(actor.sub);
  return names;
}

/** Who holds each disclosed token, by its name: the agents from the first on, or the subject where it acts itself. */
export function holderNames(entries: readonly BundleEntry[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const entry of entries) {
    const claims = claimsOf(entry);
    if (claims === undefined || entry.leaf.type !== "token") continue;
    const chain = chainOf(claims);
    names.set(entry.leaf.body.token, chain.length === 0 ? [claims.sub] : chain);
  }
  return names;
}

function descend(root: Growing, chain: readonly string[]): Growing {
  let node = root;
  for (const name of chain) {
    const child = node.children.get(name) ?? grow(name);
    node.children.set(name, child);
    node = child;
  }
  return node;
}

function settle(node: Growing, kind: ActorNode["kind"]): ActorNode {
  return {
    name: visibleText(node.name),
    kind,
    scopes: [...node.scopes].map(visibleText),
    grants: [...node.grants].map(visibleText),
    tokens: node.tokens,
    permits: node.permits,
    refusals: node.refusals,
    children: [...node.children.values()].map((child) => settle(child, "agent")),
  };
}

function addToken(node: Growing, { scope, authorization_details: details }: AccessTokenClaims): void {
  node.tokens += 1;
  for (const name of scope.split(" ")) if (name !== "") node.scopes.add(name);
  for (const detail of details) node.grants.add(grantWords(detail));
}

function countUse(holders: ReadonlyMap<string, Growing>, { leaf }: BundleEntry): void {
  if (leaf.type !== "decision" || leaf.body.action !== "call") return;
  const holder = holders.get(leaf.body.token ?? "");
  if (holder === undefined) return;
  if (leaf.body.verdict === "permit") holder.permits += 1;
  else holder.refusals += 1;
}

/**
 * Draws together who acted for whom, from the tokens of a bundle.
 * @returns undefined when no token is disclosed
 */
export function actorTree(entries: readonly BundleEntry[]): ActorNode | undefined {
  let root: Growing | undefined;
  const holders = new Map<string, Growing>();
  for (const entry of entries) {
    const claims = claimsOf(entry);
    if (claims === undefined || entry.leaf.type !== "token") continue;
    root ??= grow(claims.sub);
    const node = descend(root, chainOf(claims));
    addToken(node, claims);
    holders.set(entry.leaf.body.token, node);
  }
  for (const entry of entries) countUse(holders, entry);
  return root === undefined ? undefined : settle(root, "subject");
}
