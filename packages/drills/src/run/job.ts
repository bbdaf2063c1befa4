import { LOAD_LEVELS, type LoadLevel, type Pilot, parsePilot } from "@narrowgate/contracts";
import { readArray, readEnum, readInteger, readObject, readOptional, readString } from "@narrowgate/kernel";

/** One drill that is asked for. */
export interface WantedDrill {
  readonly drill: string;
  readonly load: LoadLevel;
  /** Trials that somebody demands at least. */
  readonly trials?: number;
}

/** What the driver is asked to do, by who started it. */
export interface Job {
  readonly drills: readonly WantedDrill[];
  /** Governed calls a second at L1; where the pilot was seen doing more, as many as it did. */
  readonly peak: number;
  /** How long a soak takes. */
  readonly minutes: number;
  readonly seed: number;
  /** Digest of the build of the instance that asks: a sandbox of another one shows nothing of it. */
  readonly build: string;
  /** The server's program and its arguments, without those that name a configuration. */
  readonly server: readonly string[];
  /** The offline verifier's program and its arguments. */
  readonly verifier: readonly string[];
  /** A folder for sandboxes; they are removed when they end. */
  readonly folder: string;
  /** An agent of where it is asked from, to be carried into sandboxes. */
  readonly pilot?: Pilot;
}

const MEMBERS = ["drills", "peak", "minutes", "seed", "build", "server", "verifier", "folder", "pilot"];
const word = { min: 1, max: 4096 };

function words(value: unknown, path: string): readonly string[] {
  return readArray(value, path, (item, at) => readString(item, at, word), { max: 256 });
}

function wanted(value: unknown, path: string): WantedDrill {
  const row = readObject(value, path, ["drill", "load", "trials"]);
  const trials = readOptional(row["trials"], (count) => readInteger(count, `${path}/trials`, { min: 1 }));
  return {
    drill: readString(row["drill"], `${path}/drill`, word),
    load: readEnum(row["load"], `${path}/load`, LOAD_LEVELS),
    ...(trials === undefined ? {} : { trials }),
  };
}

/** Reads a job. @throws NarrowgateError `malformed_input` */
export function parseJob(value: unknown): Job {
  const row = readObject(value, "", MEMBERS);
  const pilot = readOptional(row["pilot"], parsePilot);
  return {
    drills: readArray(row["drills"], "/drills", wanted, { max: 256 }),
    peak: readInteger(row["peak"], "/peak", { min: 1, max: 100_000 }),
    minutes: readInteger(row["minutes"], "/minutes", { min: 1, max: 10_080 }),
    seed: readInteger(row["seed"], "/seed"),
    build: readString(row["build"], "/build", word),
    server: words(row["server"], "/server"),
    verifier: words(row["verifier"], "/verifier"),
    folder: readString(row["folder"], "/folder", word),
    ...(pilot === undefined ? {} : { pilot }),
  };
}
