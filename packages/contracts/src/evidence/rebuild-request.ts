import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { refuseInput } from "../reading/readers.ts";

type Tree = Map<string, Tree | { readonly value: JsonValue }>;

function steps(path: string): readonly string[] {
  const parts = path.split("/").slice(1);
  if (!path.startsWith("/") || parts.length > 32)
    refuseInput(path, "is not a JSON pointer of at most 32 steps");
  return parts.map((part) => {
    const step = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (step === "" || step === "__proto__") refuseInput(path, "holds a step that is not allowed");
    return step;
  });
}

function place(root: Tree, path: string, value: JsonValue): void {
  const all = steps(path);
  const last = all.at(-1) ?? "";
  let node = root;
  for (const step of all.slice(0, -1)) {
    const child = node.get(step) ?? new Map();
    if (!(child instanceof Map)) refuseInput(path, "lies below another input");
    node.set(step, child);
    node = child;
  }
  if (node.has(last)) refuseInput(path, "stands twice or above another input");
  node.set(last, { value });
}

function toObject(tree: Tree): JsonObject {
  const members = [...tree].map(([key, node]): [string, JsonValue] => [
    key,
    node instanceof Map ? toObject(node) : node.value,
  ]);
  return Object.fromEntries(members);
}

/**
 * Rebuilds the request of a decision: each value is set at its pointer in an empty object. Pointers make objects
 * only; an array is one whole value. A path below or equal to another one is refused.
 * Trust: the attributes are attacker-controlled.
 * @throws NarrowgateError `malformed_input`
 * @see docs/spec/evidence.md section 5
 */
export function rebuildRequest(
  attributes: readonly { readonly path: string; readonly value: JsonValue }[],
): JsonObject {
  const root: Tree = new Map();
  for (const { path, value } of attributes) place(root, path, value);
  return toObject(root);
}
