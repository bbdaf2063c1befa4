import type { PolicySurroundings } from "@narrowgate/contracts";
import type { SchemaPath, SchemaWords } from "@narrowgate/policy/analysis";

/** Something that may be written next. */
export interface Suggestion {
  /** What is put in place of what was typed of it. */
  readonly text: string;
  /** What it is, in a few words. */
  readonly about: string;
}

/** What may be written at a place of a text. */
export interface Suggestions {
  /** Where what was typed of it begins. */
  readonly from: number;
  readonly options: readonly Suggestion[];
}

/** What there is to name in policies. */
export interface Vocabulary {
  readonly words: SchemaWords;
  readonly surroundings: PolicySurroundings;
}

/** Options that are offered at once. */
export const MAX_OPTIONS = 40;

const annotations: readonly Suggestion[] = [
  { text: 'id("', about: "name of the policy; needed" },
  { text: 'reason("', about: "what people read of a denial" },
  { text: 'approval("', about: "of a forbid: signatures that lift it" },
  { text: 'cap_rows("', about: "of a permit: rows at most" },
  { text: 'capture("', about: "of a permit: digest or full" },
  { text: 'redact_arguments("', about: "of a permit: JSON Pointers" },
  { text: 'redact_result("', about: "of a permit: JSON Pointers" },
];

const keywords: readonly Suggestion[] = [
  ...["permit", "forbid"].map((text) => ({ text, about: "effect" })),
  ...["principal", "action", "resource", "context"].map((text) => ({ text, about: "of the request" })),
  ...["when", "unless", "has", "like", "in", "is", "if", "then", "else", "true", "false"].map((text) => ({
    text,
    about: "Cedar",
  })),
];

const setMethods: readonly Suggestion[] = ["contains(", "containsAll(", "containsAny(", "isEmpty()"].map(
  (text) => ({ text, about: "of a set" }),
);

function idsOf(type: string, { words, surroundings }: Vocabulary): readonly string[] {
  const { agents, servers } = surroundings;
  const operations = (kind: "tools" | "prompts" | "resources"): readonly string[] =>
    servers.flatMap((server) => server[kind].map(({ name }) => `${server.id}/${name}`));
  switch (type) {
    case "Agent":
      return agents.map(({ id }) => id);
    case "Server":
      return servers.map(({ id }) => id);
    case "Tool":
      return operations("tools");
    case "Prompt":
      return operations("prompts");
    case "Resource":
      return operations("resources");
    default:
      return words.actions.filter((action) => action.type === type).map(({ id }) => id);
  }
}

/** Members that stand directly below a path. */
function membersBelow(paths: readonly SchemaPath[], path: string): readonly Suggestion[] {
  const prefix = path === "" ? "" : `${path}.`;
  const own = paths.find((one) => one.path === path);
  if (own?.type.startsWith("Set") === true) return setMethods;
  return paths.flatMap((one) => {
    const name = one.path.slice(prefix.length);
    const isDirect = one.path.startsWith(prefix) && !name.includes(".");
    return isDirect ? [{ text: name, about: one.type }] : [];
  });
}

function attributesOf(role: string, { words }: Vocabulary): readonly SchemaPath[] {
  const types = new Set(
    words.actions.flatMap(({ principals, resources }) => (role === "principal" ? principals : resources)),
  );
  const found = words.entityTypes.filter(({ name }) => types.has(name)).flatMap((type) => type.attributes);
  return [...new Map(found.map((one) => [one.path, one])).values()];
}

function wordsAnywhere({ words }: Vocabulary): readonly Suggestion[] {
  return [
    ...keywords,
    ...words.actions.map(({ type, id }) => ({ text: `${type}::"${id}"`, about: "action" })),
    ...words.entityTypes.map(({ name }) => ({ text: `${name}::"`, about: "entity" })),
  ];
}

interface Place {
  readonly typed: string;
  readonly options: readonly Suggestion[];
}

function placeIn(line: string, vocabulary: Vocabulary): Place | undefined {
  const [, type = "", id] = /((?:\w+::)*\w+)::"([^"]*)$/.exec(line) ?? [];
  if (id !== undefined)
    return {
      typed: id,
      options: idsOf(type, vocabulary).map((one) => ({ text: `${one}"`, about: type })),
    };
  // Inside any other text nothing is offered.
  if ((line.replaceAll(/\\./g, "").match(/"/g)?.length ?? 0) % 2 === 1 || line.includes("//"))
    return undefined;
  const annotation = /@(\w*)$/.exec(line)?.[1];
  if (annotation !== undefined) return { typed: annotation, options: annotations };
  const [, root = "", path = "", member] =
    /\b(context|principal|resource)((?:\.\w+)*)\.(\w*)$/.exec(line) ?? [];
  if (member !== undefined) {
    const paths = root === "context" ? vocabulary.words.context : attributesOf(root, vocabulary);
    return { typed: member, options: membersBelow(paths, path.slice(1)) };
  }
  const word = /(?:^|[^\w.@"])(\w*)$/.exec(line)?.[1];
  return word === undefined ? undefined : { typed: word, options: wordsAnywhere(vocabulary) };
}

/**
 * What may be written at the caret, by the schema in force and who is registered: those that begin with what stands there.
 * It offers and decides nothing; whether a text is a policy, the engine says.
 */
export function suggest(text: string, caret: number, vocabulary: Vocabulary): Suggestions {
  const line = text.slice(text.lastIndexOf("\n", caret - 1) + 1, caret);
  const place = placeIn(line, vocabulary);
  if (place === undefined) return { from: caret, options: [] };
  const { typed, options } = place;
  const wanted = typed.toLowerCase();
  const fitting = options.filter(
    (option) => option.text.toLowerCase().startsWith(wanted) && option.text !== typed,
  );
  return { from: caret - typed.length, options: fitting.slice(0, MAX_OPTIONS) };
}
