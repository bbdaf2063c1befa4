import { digest, integer, listOf, literal, oneOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";
import { type DrillResult, parseDrillResult } from "./drill-result.ts";
import { drillId, LOAD_LEVELS, type LoadLevel } from "./gate-profile.ts";

/** How a drill stands while it runs: said about once a second, and once more when its load has ended. */
export type DrillProgress = {
  readonly event: "progress";
  readonly drill: string;
  /** Milliseconds since the drill began. */
  readonly elapsed_ms: number;
  /** Trials so far, and those of them that were not safe. */
  readonly trials: number;
  readonly failures: number;
  /** Governed calls of the load that went through, since the drill began. */
  readonly calls: number;
  /** Calls of the load that went through a second, over the time since the line before. */
  readonly calls_per_s: number;
  /** Milliseconds that those calls took; absent where none went through since the line before. */
  readonly p50_ms?: number;
  readonly p99_ms?: number;
};

/** What the driver says on its standard output: one object of JSON a line. @see docs/design/drills.md */
export type DrillEvent =
  /** First of all: what it is going to run, in order. */
  | {
      readonly event: "plan";
      readonly drills: readonly { readonly drill: string; readonly load: LoadLevel }[];
      /** Agent whose release is carried into the sandboxes, and the digest of that release. */
      readonly agent?: string;
      readonly release?: string;
    }
  /** A sandbox is ready. */
  | {
      readonly event: "sandbox";
      readonly build: string;
      readonly origin: string;
      /** Milliseconds that it took to make. */
      readonly ready_ms: number;
    }
  | {
      readonly event: "began";
      readonly drill: string;
      readonly name: string;
      readonly load: LoadLevel;
    }
  | DrillProgress
  | { readonly event: "result"; readonly result: DrillResult }
  /** It could not go on with a drill, or at all. */
  | { readonly event: "failed"; readonly message: string };

const words = text({ min: 1, max: 2048 });
const number: Reader<number> = (value, path) =>
  typeof value === "number" && value >= 0 ? value : integer()(value, path);
const load = oneOf(LOAD_LEVELS);

type Member<K extends DrillEvent["event"]> = Extract<DrillEvent, { event: K }>;

const READERS: { readonly [K in DrillEvent["event"]]: Reader<Member<K>> } = {
  plan: shape<Member<"plan">>({
    event: literal("plan"),
    drills: listOf(shape<Member<"plan">["drills"][number]>({ drill: drillId, load }), { max: 256 }),
    agent: optional(words),
    release: optional(digest),
  }),
  sandbox: shape<Member<"sandbox">>({
    event: literal("sandbox"),
    build: digest,
    origin: words,
    ready_ms: integer(),
  }),
  began: shape<Member<"began">>({ event: literal("began"), drill: drillId, name: words, load }),
  progress: shape<DrillProgress>({
    event: literal("progress"),
    drill: drillId,
    elapsed_ms: integer(),
    trials: integer(),
    failures: integer(),
    calls: integer(),
    calls_per_s: number,
    p50_ms: optional(number),
    p99_ms: optional(number),
  }),
  result: (value, path) => {
    const read = shape<{ event: "result"; result: DrillResult }>({
      event: literal("result"),
      result: parseDrillResult,
    });
    return read(value, path);
  },
  failed: shape<Member<"failed">>({ event: literal("failed"), message: text({ max: 4096 }) }),
};

function isKnown(name: unknown): name is DrillEvent["event"] {
  return typeof name === "string" && Object.hasOwn(READERS, name);
}

/**
 * Reads one line of the driver, already JSON.
 * Trust: `value` is attacker-controlled: the driver relays what a sandbox answered.
 * @returns undefined for an event of a later version, which a reader passes over
 * @throws NarrowgateError `malformed_input`
 */
export function parseDrillEvent(value: unknown): DrillEvent | undefined {
  const { event } = Object(value);
  return isKnown(event) ? READERS[event](value, "") : undefined;
}
