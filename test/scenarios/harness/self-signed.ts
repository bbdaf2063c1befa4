import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";

/** A certificate of its own authority for `localhost`, and its key; both PEM, made for one test. */
export interface SelfSigned {
  readonly certificate: string;
  readonly key: string;
}

const SEQUENCE = 0x30;
const OID_ECDSA_SHA256 = "2a8648ce3d040302";
const OID_COMMON_NAME = "550403";
const OID_ALTERNATIVE_NAMES = "551d11";
const OID_BASIC_CONSTRAINTS = "551d13";
const DAY_MS = 86_400_000;

/** DER: tag, length, contents. */
function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(contents);
  const { length } = body;
  const head =
    length < 128
      ? [tag, length]
      : length < 256
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), body]);
}

const oid = (hex: string): Uint8Array => der(0x06, Buffer.from(hex, "hex"));
const integer = (value: number): Uint8Array => der(0x02, Buffer.from([value]));
const algorithm = (): Uint8Array => der(SEQUENCE, oid(OID_ECDSA_SHA256));
const name = (text: string): Uint8Array =>
  der(SEQUENCE, der(0x31, der(SEQUENCE, oid(OID_COMMON_NAME), der(0x0c, Buffer.from(text)))));
const time = (ms: number): Uint8Array => {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, "").slice(0, 14);
  return der(0x18, Buffer.from(`${digits}Z`));
};

function extensions(): Uint8Array {
  const names = der(SEQUENCE, der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])));
  const isAuthority = der(SEQUENCE, der(0x01, Buffer.from([0xff])));
  return der(
    0xa3,
    der(
      SEQUENCE,
      der(SEQUENCE, oid(OID_ALTERNATIVE_NAMES), der(0x04, names)),
      der(SEQUENCE, oid(OID_BASIC_CONSTRAINTS), der(0x04, isAuthority)),
    ),
  );
}

/** Makes a P-256 key and a certificate for it that is valid from yesterday to tomorrow. @see RFC 5280 section 4.1 */
export function selfSigned(): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const now = Date.now();
  const subject = name("narrowgate test");
  const signed = der(
    SEQUENCE,
    der(0xa0, integer(2)),
    integer(1),
    algorithm(),
    subject,
    der(SEQUENCE, time(now - DAY_MS), time(now + DAY_MS)),
    subject,
    publicKey,
    extensions(),
  );
  const signature = sign("sha256", signed, createPrivateKey(privateKey));
  const whole = Buffer.from(der(SEQUENCE, signed, algorithm(), der(0x03, Buffer.from([0]), signature)));
  const lines = whole.toString("base64").replace(/.{64}/g, "$&\n");
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey,
  };
}
