import { LOAD_LEVELS, type LoadLevel } from "@narrowgate/contracts";
import { readArray, readEnum, readInteger, readObject, readString } from "@narrowgate/kernel";

/** What the driver is asked to do, by who started it. */
export interface Job {
  /** Ids of drills, in order. */
  readonly drills: readonly string[];
  readonly load: LoadLevel;
  /** Governed calls a second at L1. */
  readonly peak: number;
  readonly seed: number;
  /** Digest of the build of the instance that asks: a sandbox of another one shows nothing of it. */
  readonly build: string;
  /** The server's program and its arguments, without those that name a configuration. */
  readonly server: readonly string[];
  /** The offline verifier's program and its arguments. */
  readonly verifier: readonly string[];
  /** A folder for sandboxes; they are removed when they end. */
  readonly folder: string;
  /** Policies in force where it is asked from, beside those of the drills. */
  readonly policies: readonly { readonly name: string; readonly text: string }[];
}

const MEMBERS = ["drills", "load", "peak", "seed", "build", "server", "verifier", "folder", "policies"];
const word = { min: 1, max: 4096 };

function words(value: unknown, path: string): readonly string[] {
  return readArray(value, path, (item, at) => readString(item, at, word), { max: 256 });
}

/** Reads a job. @throws NarrowgateError `malformed_input` */
export function parseJob(value: unknown): Job {
  const row = readObject(value, "", MEMBERS);
  return {
    drills: words(row["drills"], "/drills"),
    load: readEnum(row["load"], "/load", LOAD_LEVELS),
    peak: readInteger(row["peak"], "/peak", { min: 1, max: 100_000 }),
    seed: readInteger(row["seed"], "/seed"),
    build: readString(row["build"], "/build", word),
    server: words(row["server"], "/server"),
    verifier: words(row["verifier"], "/verifier"),
    folder: readString(row["folder"], "/folder", word),
    policies: readArray(row["policies"], "/policies", (item, at) => {
      const file = readObject(item, at, ["name", "text"]);
      return {
        name: readString(file["name"], `${at}/name`, word),
        text: readString(file["text"], `${at}/text`, { max: 4_194_304 }),
      };
    }),
  };
}
