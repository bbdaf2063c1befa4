import { createHash, randomBytes } from "node:crypto";
import { type Answer, patiently, send } from "./http.ts";
import { encode, makeKey } from "./key.ts";
import { listAt, textAt } from "./reading.ts";

const USER_WAS_THERE_AND_VERIFIED = 0x05;
const HAS_KEY = 0x40;

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 256) return Buffer.from([(major << 5) | 24, value]);
  return Buffer.from([(major << 5) | 25, value >> 8, value & 255]);
}

type Cbor = number | string | Uint8Array | ReadonlyMap<number | string, Cbor>;

/** The little of CBOR (RFC 8949) that a passkey's answers need. */
export function cbor(value: Cbor): Buffer {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string")
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  const members = [...value].flatMap(([name, member]) => [cbor(name), cbor(member)]);
  return Buffer.concat([head(5, value.size), ...members]);
}

const sha256 = (value: string | Uint8Array): Buffer => createHash("sha256").update(value).digest();

/** An authenticator in software, of one person at one origin. Simulated: it never asks anybody. */
export class Passkey {
  readonly id: string = encode(randomBytes(32));
  readonly #key = makeKey();
  readonly #origin: string;
  #count = 0;

  constructor(origin: string) {
    this.#origin = origin;
  }

  #clientData(type: string, challenge: string): string {
    return JSON.stringify({ type, challenge, origin: this.#origin, crossOrigin: false });
  }

  #data(flags: number): Buffer {
    this.#count += 1;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(this.#count);
    return Buffer.concat([sha256(new URL(this.#origin).hostname), Buffer.from([flags]), count]);
  }

  /** Answers the question for a new passkey. */
  create(challenge: string): object {
    const { x, y } = this.#key.jwk;
    const id = Buffer.from(this.id, "base64url");
    const part = (text: string): Uint8Array => Buffer.from(text, "base64url");
    const key = cbor(
      new Map<number, Cbor>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, part(x)],
        [-3, part(y)],
      ]),
    );
    const data = Buffer.concat([
      ...[this.#data(USER_WAS_THERE_AND_VERIFIED | HAS_KEY), Buffer.alloc(16), Buffer.from([0, id.length])],
      ...[id, key],
    ]);
    const made = new Map<string, Cbor>([
      ["fmt", "none"],
      ["attStmt", new Map()],
      ["authData", data],
    ]);
    return {
      id: this.id,
      client_data: encode(this.#clientData("webauthn.create", challenge)),
      attestation_object: encode(cbor(made)),
    };
  }

  /** Answers the question for a signature. */
  get(challenge: string): {
    readonly client_data: string;
    readonly authenticator_data: string;
    readonly signature: string;
  } {
    const client = this.#clientData("webauthn.get", challenge);
    const data = this.#data(USER_WAS_THERE_AND_VERIFIED);
    const signature = derOf(this.#key.sign(Buffer.concat([data, sha256(client)])));
    return { client_data: encode(client), authenticator_data: encode(data), signature: encode(signature) };
  }
}

/** WebAuthn signatures are in DER. */
function derOf(signature: Buffer): Buffer {
  const whole = (part: Buffer): Buffer => {
    const at = part.findIndex((byte) => byte !== 0);
    const bare = part.subarray(at < 0 ? part.length - 1 : at);
    const first = bare[0] ?? 0;
    const value = first > 127 ? Buffer.concat([Buffer.from([0]), bare]) : bare;
    return Buffer.concat([Buffer.from([2, value.length]), value]);
  };
  const parts = [whole(signature.subarray(0, 32)), whole(signature.subarray(32))];
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

/** A person who approves, simulated: her passkey is in software, and she never reads. */
export interface Approver {
  readonly ref: string;
  readonly passkey: Passkey;
}

function page(origin: string, path: string, body: object): Promise<Answer> {
  const headers = { "content-type": "application/json", origin };
  // Who tries too often from one place is turned away before anything is looked at.
  return patiently(() =>
    send({ method: "POST", url: `${origin}${path}`, headers, body: JSON.stringify(body) }),
  );
}

/** Makes the passkey of somebody who was invited. @param origin - of the approvals */
export async function enrolApprover(origin: string, invited: unknown): Promise<Approver | undefined> {
  const code = textAt(invited, "code");
  const passkey = new Passkey(origin);
  const begun = await page(origin, "/people/enrol/begin", { code });
  const made = passkey.create(textAt(begun.body, "options", "challenge"));
  const ended = await page(origin, "/people/enrol/finish", { code, ...made });
  return ended.status < 300 ? { ref: textAt(invited, "person", "ref"), passkey } : undefined;
}

/** What a request for approval shows to who has its handle. */
export function shownRequest(origin: string, handle: string): Promise<Answer> {
  return page(origin, "/request", { handle });
}

/** Signs a statement for a request with a passkey. @param kind - member of a choice: `approve` or `refuse` */
export async function signRequest(
  origin: string,
  asked: {
    readonly handle: string;
    readonly by: Passkey;
    readonly kind?: string;
    readonly statement?: string;
  },
): Promise<Answer> {
  const { handle, by, kind = "approve" } = asked;
  const shown = await shownRequest(origin, handle);
  const [choice] = listAt(shown.body, "choices");
  const statement = asked.statement ?? textAt(choice, kind);
  const challenge = encode(sha256(`narrowgate/approval-statement/v1\n${statement}`));
  const signed = { statement, ...by.get(challenge) };
  return page(origin, "/sign", { handle, credential: by.id, signed });
}
