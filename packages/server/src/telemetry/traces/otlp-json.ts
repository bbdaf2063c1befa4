import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { AttributeValue, Span } from "./span.ts";

const KINDS = { internal: 1, server: 2, client: 3 } as const;
const STATUS_ERROR = 2;

function anyValue(value: AttributeValue): JsonObject {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value !== "number") return { arrayValue: { values: value.map(anyValue) } };
  // 64-bit integers are text in the JSON of protocol buffers.
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function attributesOf(attributes: Span["attributes"]): readonly JsonObject[] {
  return Object.entries(attributes).flatMap(([key, value]): readonly JsonObject[] =>
    value === undefined ? [] : [{ key, value: anyValue(value) }],
  );
}

/** Unix time in nanoseconds, as text. */
function nanos(atMs: number): string {
  return String(Math.round((performance.timeOrigin + atMs) * 1000) * 1000);
}

function spanJson({ parentSpanId, error, links = [], ...span }: Span): JsonObject {
  const { traceId, spanId, name, kind, startedMs, endedMs, attributes } = span;
  const failed = error === undefined ? {} : { "error.type": error };
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanos(startedMs),
    endTimeUnixNano: nanos(endedMs),
    attributes: [...attributesOf({ ...attributes, ...failed })],
    ...(links.length === 0 ? {} : { links: links.map((link): JsonObject => ({ ...link })) }),
    ...(error === undefined ? {} : { status: { code: STATUS_ERROR } }),
  };
}

/** Who speaks: attributes of the resource. */
export type Resource = Readonly<Record<string, string>>;

/** The request of OTLP/HTTP in JSON. @see OTLP 1, JSON protobuf encoding */
export function otlpRequest(resource: Resource, spans: readonly Span[]): JsonObject {
  const scope: JsonValue = { name: "narrowgate" };
  return {
    resourceSpans: [
      {
        resource: { attributes: [...attributesOf(resource)] },
        scopeSpans: [{ scope, spans: spans.map(spanJson) }],
      },
    ],
  };
}
