import { type KeyObject, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  type Clock,
  canonicalJson,
  equalBytes,
  fromBase64url,
  isNarrowgateError,
  NarrowgateError,
  parseStrictJson,
  readArray,
  readInteger,
  readObject,
  readString,
  toBase64url,
} from "@narrowgate/kernel";
import {
  type AddCheckpointRequest,
  type Checkpoint,
  cosignatureMessage,
  emptyRoot,
  encodeCosignature,
  formatSignatureLines,
  formatTreeSize,
  parseAddCheckpoint,
  parseCheckpoint,
  treeSizeMediaType,
  type VerifierKey,
  verifyConsistency,
  verifyNote,
} from "@narrowgate/tlog";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import { replaceFile } from "../../platform/keys/atomic-file.ts";
import { verifyEd25519 } from "../verify-ed25519.ts";

/** An answer of the witness, for whichever server carries it. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly contentType: string;
  readonly body: string;
}

/** What a witness is given. */
export interface WitnessSetup {
  /** Its own key (type 0x04) and the private half. */
  readonly key: VerifierKey;
  readonly privateKey: KeyObject;
  /** Keys of the logs it watches; a key's name is the log's origin. */
  readonly logs: readonly VerifierKey[];
  readonly statePath: string;
  readonly clock: Clock;
}

interface SeenHead {
  readonly size: number;
  readonly root: Uint8Array;
}

const FORMAT = "narrowgate-witness/1";
const MAX_LOGS = 10_000;

function refuse(status: 400 | 403 | 404 | 422, what: string): WitnessAnswer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${what}\n` };
}

function parseRequest(body: string): { request: AddCheckpointRequest; checkpoint: Checkpoint } | undefined {
  try {
    const request = parseAddCheckpoint(body);
    return { request, checkpoint: parseCheckpoint(request.note.text) };
  } catch (error) {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}

async function loadHeads(path: string): Promise<Map<string, SeenHead>> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new NarrowgateError("store_unavailable", "the witness cannot read its state", { cause: error });
  });
  if (text === null) return new Map();
  const top = readObject(parseStrictJson(text, { maxBytes: 16 * 1024 * 1024 }), "", ["format", "heads"]);
  if (top.format !== FORMAT)
    throw new NarrowgateError("store_unavailable", "the witness state has another format");
  const heads = readArray(
    top.heads,
    "/heads",
    (value, path_) => {
      const row = readObject(value, path_, ["origin", "root", "size"]);
      const head = {
        size: readInteger(row.size, `${path_}/size`),
        root: fromBase64url(readString(row.root, path_)),
      };
      return [readString(row.origin, `${path_}/origin`), head] as const;
    },
    { max: MAX_LOGS },
  );
  return new Map(heads);
}

/**
 * Cosigns heads of logs as long as each extends the one before: whoever has two heads under this witness's signature
 * knows that one history contains the other.
 *
 * INVARIANT: the new head is on disk before its cosignature leaves, and requests of all logs are taken one by one; so
 * no crash and no race lets it cosign two histories of one origin.
 * @see C2SP tlog-witness
 */
export class Witness {
  readonly #setup: WitnessSetup;
  readonly #heads: Map<string, SeenHead>;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(setup: WitnessSetup, heads: Map<string, SeenHead>) {
    this.#setup = setup;
    this.#heads = heads;
  }

  /** Takes up its state; an absent file is a witness that has seen nothing. @throws `store_unavailable` */
  static async open(setup: WitnessSetup): Promise<Witness> {
    return new Witness(setup, await loadHeads(setup.statePath));
  }

  /**
   * Answers an add-checkpoint request.
   * Trust: `body` is attacker-controlled; its length is the caller's to bound.
   * @throws what the file system throws when the state cannot be kept; then nothing was cosigned
   */
  addCheckpoint(body: string): Promise<WitnessAnswer> {
    const turn = this.#turn.then(() => this.#answer(body));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #answer(body: string): Promise<WitnessAnswer> {
    const parsed = parseRequest(body);
    if (parsed === undefined) return refuse(400, "malformed request");
    const { request, checkpoint } = parsed;
    const logs = this.#setup.logs.filter(({ name }) => name === checkpoint.origin);
    if (logs.length === 0) return refuse(404, "unknown origin");
    const note = await verifyNote(request.note, logs, verifyEd25519);
    if (note.kind === "refused" || note.signatures.length === 0)
      return refuse(403, "no good signature of the log");
    return this.#advance(request, checkpoint);
  }

  async #advance(
    { oldSize, proof, note }: AddCheckpointRequest,
    checkpoint: Checkpoint,
  ): Promise<WitnessAnswer> {
    const { origin, size, root } = checkpoint;
    if (oldSize > size) return refuse(400, "the old size is above the checkpoint's");
    const seen = this.#heads.get(origin) ?? { size: 0, root: emptyRoot(nodeSha256) };
    if (oldSize !== seen.size)
      return { status: 409, contentType: treeSizeMediaType, body: formatTreeSize(seen.size) };
    const claim = { oldSize, size, oldRoot: seen.root, root, proof };
    if (verifyConsistency(nodeSha256, claim).kind !== "consistent")
      return refuse(422, "not an extension of what was seen");
    if (size !== seen.size || !equalBytes(root, seen.root)) await this.#keep(origin, { size, root });
    return { status: 200, contentType: "text/plain; charset=utf-8", body: this.#cosign(note.text) };
  }

  async #keep(origin: string, head: SeenHead): Promise<void> {
    const next = new Map(this.#heads).set(origin, head);
    const heads = [...next].map(([name, { size, root }]) => ({
      origin: name,
      root: toBase64url(root),
      size,
    }));
    await replaceFile(this.#setup.statePath, `${canonicalJson({ format: FORMAT, heads })}\n`);
    this.#heads.set(origin, head);
  }

  #cosign(text: string): string {
    const { key, privateKey, clock } = this.#setup;
    const time = Math.floor(clock.nowMs() / 1000);
    const signature = sign(null, cosignatureMessage(time, text), privateKey);
    return formatSignatureLines([
      { name: key.name, keyId: key.keyId, signature: encodeCosignature({ time, signature }) },
    ]);
  }
}
