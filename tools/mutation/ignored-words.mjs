import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin";

const comparisons = new Set(["===", "!==", "==", "!=", "in"]);
const lookups = new Set(["get", "has", "includes", "startsWith", "endsWith", "indexOf", "split"]);

/** True where another word would be another behaviour that the types let through. */
function decides({ parent, node }) {
  if (parent.type === "BinaryExpression") return comparisons.has(parent.operator);
  if (parent.type === "SwitchCase") return true;
  if (parent.type !== "CallExpression" || !parent.arguments.includes(node)) return false;
  return parent.callee.type === "MemberExpression" && lookups.has(parent.callee.property.name);
}

function isSentence({ quasis }) {
  return quasis.some(({ value }) => value.raw.trim().includes(" "));
}

/**
 * Leaves out mutants of words that decide nothing: sentences for people are a matter of review, and the names of codes,
 * kinds and members are held by the types, so that the empty word would not compile.
 */
const words = {
  shouldIgnore(path) {
    const { type } = path.node;
    if (type === "TemplateLiteral") return isSentence(path.node) ? "a sentence" : undefined;
    return type === "StringLiteral" && !decides(path) ? "a word that decides nothing" : undefined;
  },
};

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, "words", words)];
