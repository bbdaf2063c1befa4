import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import fc from "fast-check";

// Few names and values on purpose: two random authorities must often meet, nest and nearly nest.

const scalar: fc.Arbitrary<JsonValue> = fc.constantFrom<JsonValue[]>(
  null,
  true,
  0,
  1,
  2.5,
  4,
  "/a",
  "/a/b",
  "/a/b/c",
  "/a/../b",
  "x",
);

const prefix = fc.constantFrom("/a", "/a/", "/a/b", "/a/b/c", "x");

/** One constraint in any form that may be sent, often with operators that contradict each other. */
export const wireConstraint: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({ equals: scalar }),
  fc.record({ one_of: fc.uniqueArray(scalar, { minLength: 1, maxLength: 5 }) }),
  fc.record({ prefix }),
  fc.record({ max: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ min: fc.integer({ min: 0, max: 4 }), max: fc.integer({ min: 0, max: 4 }) }),
  fc
    .record(
      {
        equals: scalar,
        one_of: fc.uniqueArray(scalar, { minLength: 2, maxLength: 8 }),
        prefix,
        max: fc.integer({ min: 0, max: 4 }),
        min: fc.integer({ min: 0, max: 4 }),
      },
      { requiredKeys: [] },
    )
    .filter((sent) => Object.keys(sent).length > 0),
);

const pointers = ["/p", "/q", "/p/r"] as const;

const wireConstraints: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.constantFrom(...pointers),
  wireConstraint,
  {
    maxKeys: 2,
  },
);

const limits = {
  data_class: fc.constantFrom("public", "internal", "confidential", "restricted"),
  caps: fc.dictionary(fc.constantFrom("calls", "amount:EUR"), fc.integer({ min: 0, max: 3 }), { maxKeys: 2 }),
  depth: fc.constantFrom(0, 1, 2, 16),
  expires: fc.constantFrom(1000, 2000),
};

const server = fc.constantFrom("files", "files", "memory");
const names = fc.uniqueArray(fc.constantFrom("read", "write", "list"), { minLength: 1, maxLength: 3 });
const uri = fc.constantFrom("file:///a", "file:///a/b", "file:///x");
const uris: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({ prefix: fc.constantFrom("file:///", "file:///a", "file:///a/") }),
  fc.record({ equals: uri }),
  fc.record({ one_of: fc.uniqueArray(uri, { minLength: 1, maxLength: 3 }) }),
);

const required = ["type", "server"] as const;

/** One detail in any form that may be sent. */
export const wireDetail: fc.Arbitrary<JsonObject> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record(
      { type: fc.constant("mcp_tool"), server, tools: names, constraints: wireConstraints, ...limits },
      { requiredKeys: [...required, "tools"] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      { type: fc.constant("mcp_prompt"), server, prompts: names, constraints: wireConstraints, ...limits },
      { requiredKeys: [...required, "prompts"] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      { type: fc.constant("mcp_resource"), server, uris, ...limits },
      { requiredKeys: [...required, "uris"] },
    ),
  },
);

const scope = fc.subarray(["a:read", "a:write", "b:read"]);
const resource = fc.subarray(["https://gate.example/mcp/a", "https://gate.example/mcp/b"]);

/** One authority in any form that may be sent. */
export const wireAuthority: fc.Arbitrary<JsonObject> = fc.record({
  scope,
  resource,
  authorization_details: fc.array(wireDetail, { maxLength: 4 }),
});

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Takes a detail and adds members out of another of the same type: narrower often, though not always. */
function overlay(base: JsonObject, other: JsonObject): JsonObject {
  const added = other.type === base.type ? other : { data_class: other.data_class ?? "public" };
  const constraints = isObject(base.constraints) && isObject(added.constraints);
  return {
    ...added,
    ...base,
    ...(constraints ? { constraints: { ...Object(added.constraints), ...Object(base.constraints) } } : {}),
  };
}

/** An authority made out of parts of another, so that it is narrower in about half of all cases. */
export function wireBelow(parent: JsonObject): fc.Arbitrary<JsonObject> {
  const list = (member: string): JsonValue[] => {
    const value = parent[member];
    return Array.isArray(value) ? value : [];
  };
  const details = fc
    .tuple(fc.subarray(list("authorization_details")), fc.array(wireDetail, { minLength: 4, maxLength: 4 }))
    .map(([kept, others]) =>
      kept.map((detail, i) => (isObject(detail) ? overlay(detail, others[i] ?? {}) : detail)),
    );
  return fc.record({
    scope: fc.subarray(list("scope")),
    resource: fc.subarray(list("resource")),
    authorization_details: details,
  });
}

/** Values that tell apart any two constraints of {@link wireConstraint}: each of theirs, and neighbours of each. */
export const universe: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  ...[-1e6, -1, 0, 0.5, 1, 1.5, 2, 2.25, 2.5, 3, 3.5, 4, 4.5, 1e6],
  ...["", "/", "/a", "/a/", "/a/b", "/a/b/c", "/a/b/d", "/a/c", "/ab", "/a/bc", "/a/b/c/d", "/a/b/cd"],
  ...[
    "x",
    "xy",
    "y",
    "/a/../b",
    "/a//b",
    "/a/b/../c",
    "/a\u0000",
    "/a/%2e%2e/b",
    "/a\\b",
    "0",
    "1",
    "true",
    "null",
  ],
  [],
  ["/a"],
  {},
  { r: 1 },
  { r: "/a" },
];
