/** Bounds on what strangers may make the gate hold or wait for. Every number is a maximum. */
export interface GatewayLimits {
  readonly bodyBytes: number;
  readonly bodyDepth: number;
  readonly bodyMembers: number;
  /** From the first byte of a request to the last of its body. */
  readonly receiveMs: number;
  /** From the dispatch of a call to its final answer. */
  readonly callMs: number;
  /** How long a request waits for an upstream that is starting. */
  readonly startMs: number;
  /** One message of an upstream, in bytes. */
  readonly messageBytes: number;
  /** Calls in flight at one upstream. */
  readonly pendingCalls: number;
  /** Messages of an upstream that answer nothing, per second. */
  readonly strayMessages: number;
  /** Sessions of the earlier era, over all callers. */
  readonly sessions: number;
  readonly sessionIdleMs: number;
  /** Long-lived streams, over all callers. */
  readonly streams: number;
  /** Long-lived streams of one caller's key. */
  readonly streamsPerCaller: number;
  /** Calls in flight of one caller's key, over all upstreams. */
  readonly callsPerCaller: number;
  /** Recorded refusals per caller's key: this many at once, and as many more per minute. */
  readonly refusalsPerCaller: number;
  /** Definitions one upstream may declare. */
  readonly definitions: number;
  /** Age after which definitions of an upstream are read again before a call. */
  readonly definitionsMs: number;
  /** Bytes of a result kept in evidence; a longer one is kept as a digest alone. */
  readonly recordedResultBytes: number;
}

/** The bounds in force unless a composition says otherwise. */
export const defaultLimits: GatewayLimits = {
  bodyBytes: 1_048_576,
  bodyDepth: 32,
  bodyMembers: 16_384,
  receiveMs: 10_000,
  callMs: 60_000,
  startMs: 10_000,
  messageBytes: 4_194_304,
  pendingCalls: 1024,
  strayMessages: 200,
  sessions: 12_000,
  sessionIdleMs: 30 * 60_000,
  streams: 12_000,
  streamsPerCaller: 64,
  callsPerCaller: 256,
  refusalsPerCaller: 30,
  definitions: 1_000,
  definitionsMs: 60_000,
  recordedResultBytes: 65_536,
};
