import {
  DATA_CLASSES,
  type DataClassName,
  type Leaf,
  RISK_TIERS,
  type RiskTier,
  TOOL_EFFECTS,
  type ToolEffect,
} from "@narrowgate/contracts";
import type { Known, KnownAgent, KnownOperation } from "./known.ts";
import { listMember, member, textMember } from "./opened.ts";

type RegistryLeaf = Leaf<"registry">;

/** Adds a registration. Of one that is not disclosed only that it happened is known. */
export function learnRegistry(known: Known, leaf: RegistryLeaf, index: number, content: unknown): void {
  const document = member(content, "document");
  if (leaf.body.kind === "agent") learnAgent(known, leaf, index, document);
  if (leaf.body.kind === "server") learnServer(known, leaf, document);
  if (leaf.body.kind === "settings" && document !== undefined) learnSettings(known, leaf.id, document);
}

/** Witnesses are settings of their own, and say nothing of entitlements. */
function learnSettings(known: Known, entry: string, document: unknown): void {
  if (member(document, "witness") !== undefined) return;
  const rules = member(document, "entitlements");
  if (Array.isArray(rules)) known.entitlements = { entry, rules };
  else delete known.entitlements;
}

function learnAgent(known: Known, { id, at, body }: RegistryLeaf, index: number, document: unknown): void {
  const before = known.agents[body.ref];
  const name = textMember(document, "id") ?? before?.id ?? "";
  const expires = member(document, "expires");
  const delegates = texts(member(document, "delegates"));
  known.agents[body.ref] = {
    id: name,
    tier: tierOf(textMember(document, "tier")) ?? before?.tier ?? "T3",
    ...(typeof expires === "number" ? { expires } : knownExpiry(before)),
    ...(delegates === undefined ? knownDelegates(before) : { delegates }),
    action: body.action,
    createdAt: before?.createdAt ?? at,
    changedAt: at,
    entry: id,
    index,
  };
}

function learnServer(known: Known, { body }: RegistryLeaf, document: unknown): void {
  const before = known.servers[body.ref]?.operations ?? {};
  const id = textMember(document, "id");
  const operations = document === undefined ? before : operationsOf(document);
  known.servers[body.ref] = { operations, action: body.action };
  if (id !== undefined) known.serverRefs[`=${id}`] = body.ref;
}

function operationsOf(document: unknown): { [name: string]: KnownOperation } {
  const kinds = { tool: "tools", prompt: "prompts", resource: "resources" };
  const found = Object.entries(kinds).flatMap(([kind, list]) =>
    listMember(document, list).map(
      (item) => [`${kind}/${textMember(item, "name")}`, operationFrom(item)] as const,
    ),
  );
  return Object.fromEntries(found);
}

/** What a registration leaves out is taken for the worst. */
function operationFrom(item: unknown): KnownOperation {
  const effect = TOOL_EFFECTS.find((name: ToolEffect) => name === member(item, "effect")) ?? "irreversible";
  const dataClass =
    DATA_CLASSES.find((name: DataClassName) => name === member(item, "dataClass")) ?? "restricted";
  return { effect, dataClass, egress: member(item, "egress") !== false };
}

function tierOf(text: string | undefined): RiskTier | undefined {
  return RISK_TIERS.find((tier) => tier === text);
}

function knownExpiry(before: KnownAgent | undefined): Pick<KnownAgent, "expires"> {
  return before?.expires === undefined ? {} : { expires: before.expires };
}

function knownDelegates(before: KnownAgent | undefined): Pick<KnownAgent, "delegates"> {
  return before?.delegates === undefined ? {} : { delegates: before.delegates };
}

function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
}
