import { expect, test } from "vitest";
import { type KnownServer, operationOf } from "./known.ts";

function server(...names: readonly string[]): KnownServer {
  const operations = names.map((name) => [
    name,
    { effect: "read", dataClass: "public", egress: false, name } as const,
  ]);
  return { operations: Object.fromEntries(operations), action: "created" };
}

test.each([
  ["tool", "read", "tool/read"],
  ["prompt", "read", "prompt/read"],
  ["tool", "reading", undefined],
  ["resource", "file:///a", "resource/file:///"],
  ["resource", "file:///notes/a", "resource/file:///notes/"],
  ["resource", "file:///notes/ada/a", "resource/file:///notes/ada/"],
  ["resource", "http://a", undefined],
])("the %s %s is the operation of its name, or of its longest prefix", (kind, name, operation) => {
  const names = [
    "tool/read",
    "prompt/read",
    "tool/file:///notes/ada/",
    "resource/file:///notes/",
    "resource/file:///notes/ada/",
    "resource/file:///",
  ];
  for (const order of [names, names.toReversed()])
    expect(operationOf(server(...order), kind, name)).toEqual(
      operation === undefined ? undefined : expect.objectContaining({ name: operation }),
    );
});
