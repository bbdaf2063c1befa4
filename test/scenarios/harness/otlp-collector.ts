import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { asObject, objectsAt, textAt } from "../../../packages/cli/src/admin/read-answer.ts";

/** A span as a collector received it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: unknown;
  readonly attributes: ReadonlyMap<string, string>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly durationNanos: bigint;
  readonly isFailed: boolean;
}

/** A real receiver of OTLP/HTTP JSON on loopback. */
export interface OtlpCollector {
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  readonly resource: ReadonlyMap<string, string>;
  readonly headers: readonly (string | undefined)[];
  /** What it answers from now on. */
  answer(status: number): void;
  close(): Promise<void>;
}

function attributesOf(owner: unknown): ReadonlyMap<string, string> {
  const text = (value: unknown): string => {
    const [first] = Object.values(asObject(value as never));
    return typeof first === "string" ? first : JSON.stringify(first);
  };
  return new Map(
    objectsAt(asObject(owner as never), "attributes").map((one) => [textAt(one, "key"), text(one["value"])]),
  );
}

function spanOf(row: ReturnType<typeof asObject>): ReceivedSpan {
  const links = Array.isArray(row["links"]) ? objectsAt(row, "links") : [];
  return {
    traceId: textAt(row, "traceId"),
    spanId: textAt(row, "spanId"),
    parentSpanId: row["parentSpanId"] === undefined ? undefined : textAt(row, "parentSpanId"),
    name: textAt(row, "name"),
    kind: row["kind"],
    attributes: attributesOf(row),
    links: links.map((link) => ({ traceId: textAt(link, "traceId"), spanId: textAt(link, "spanId") })),
    durationNanos: BigInt(textAt(row, "endTimeUnixNano")) - BigInt(textAt(row, "startTimeUnixNano")),
    isFailed: row["status"] !== undefined,
  };
}

/** Starts one. */
export async function startOtlpCollector(): Promise<OtlpCollector> {
  const spans: ReceivedSpan[] = [];
  const headers: (string | undefined)[] = [];
  const resource = new Map<string, string>();
  let status = 200;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      headers.push(request.headers.authorization);
      const isTaken = status === 200 && request.method === "POST" && request.url === "/v1/traces";
      if (isTaken && request.headers["content-type"] === "application/json") {
        for (const one of objectsAt(JSON.parse(Buffer.concat(parts).toString()), "resourceSpans")) {
          for (const [name, value] of attributesOf(one["resource"])) resource.set(name, value);
          for (const scope of objectsAt(one, "scopeSpans"))
            spans.push(...objectsAt(scope, "spans").map(spanOf));
        }
      }
      response.writeHead(status, { "content-type": "application/json" }).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    spans,
    resource,
    headers,
    answer(next) {
      status = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
