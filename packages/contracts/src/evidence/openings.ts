import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { digest, id16, json, jsonObject, oneOf, refuseInput, text } from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";
import type { InputAttribute, LeafType, Provenance, SealedPart } from "./draft.ts";

/** An opened `proof` or `content`: the sealed members and the salt that kept their commitment hiding. */
export type SealedOpening = JsonObject & { readonly salt: string };

/** One opened input of a decision. */
export type InputOpening = InputAttribute & { readonly salt: string };

/** An input, or only its commitment where it is not disclosed. */
export type InputItem = InputOpening | { readonly commitment: string };

/** What a bundle discloses of the sealed parts of one leaf. */
export type Openings = {
  readonly proof?: SealedOpening;
  readonly inputs?: readonly InputItem[];
  readonly content?: SealedOpening;
};

/** Which parts a leaf type can seal, and which members may stand in them. `inputs` has no named members. */
export const SEALED_PARTS_OF: {
  readonly [T in LeafType]: { readonly [P in SealedPart]?: readonly string[] };
} = {
  genesis: { content: ["origin", "log_key"] },
  boot: {},
  key: {},
  operator: { proof: ["request"], content: ["name", "jwk"] },
  registry: { proof: ["request"], content: ["document"] },
  policy: { proof: ["request"], content: ["bundle"] },
  attestation: { proof: ["assertion", "dpop"], content: ["platform_instance", "claims"] },
  mandate: { proof: ["subject_assertion", "request"], content: ["document", "entitlements", "groups"] },
  decision: {
    proof: ["token", "dpop", "client_assertion", "actor_token", "subject_token", "htm", "htu"],
    inputs: [],
    content: ["request", "policies", "reason", "requires", "obligations"],
  },
  token: { proof: ["signing_input"], content: ["requested", "granted", "actor_ceiling", "client_ceiling"] },
  dispatch: { content: ["bytes", "bytes_salt"] },
  outcome: { content: ["bytes", "bytes_salt", "code"] },
  unknown: {},
  revocation: { proof: ["request"], content: ["reason", "name"] },
  closing: {},
  read: { proof: ["request"] },
  erasure: { proof: ["request"] },
  label: {},
  person: { proof: ["request"], content: ["name", "identities", "jwk", "rp_id"] },
  approval: {
    proof: ["statement", "client_data", "authenticator_data", "signature"],
    content: ["action", "rendered", "name"],
  },
  assurance: { proof: ["request"], content: ["document"] },
  release: {
    proof: ["request", "statement", "client_data", "authenticator_data", "signature"],
    content: ["manifest", "deployment", "diff", "rendered", "name", "certificate", "reason", "seconds"],
  },
  overlay: { proof: ["request"], content: ["text", "reason"] },
};

const readDerived = shape<Extract<Provenance, { by: "derived" }>>({ by: oneOf(["derived"]), entry: id16 });
const readSigned = shape<Extract<Provenance, { by: "signed" }>>({
  by: oneOf(["signed"]),
  part: text({ min: 1, max: 64, pattern: /^[a-z_]+$/ }),
});
const readGate = shape<Extract<Provenance, { by: "gate" }>>({ by: oneOf(["gate"]) });

const readProvenance: Reader<Provenance> = (value, path) => {
  const by: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "by") : undefined;
  if (by === "derived") return readDerived(value, path);
  if (by === "signed") return readSigned(value, path);
  return readGate(value, path);
};

const pointer = text({ min: 2, max: 1024, pattern: /^(?:\/(?:[^~/\ud800-\udfff]|~[01])+)+$/u });

const readInput = shape<InputOpening>({ from: readProvenance, path: pointer, salt: id16, value: json });
const readHidden = shape<{ readonly commitment: string }>({ commitment: digest });

const readItem: Reader<InputItem> = (value, path) => {
  const isHidden = typeof value === "object" && value !== null && Object.hasOwn(value, "commitment");
  return isHidden ? readHidden(value, path) : readInput(value, path);
};

/**
 * Reads an opened `inputs` part: sorted by path (UTF-16 code units), no path twice.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_input`
 * @see docs/spec/evidence.md E-8, E-9
 */
export function parseInputsOpening(value: unknown, path = ""): readonly InputItem[] {
  if (!Array.isArray(value) || value.length > 4096)
    refuseInput(path, "must be a list of at most 4096 inputs");
  const items = value.map((item: unknown, i) => readItem(item, `${path}/${i}`));
  let last = "";
  for (const [i, item] of items.entries()) {
    if ("commitment" in item) continue;
    if (item.path <= last) refuseInput(`${path}/${i}/path`, "must be sorted and unique");
    last = item.path;
  }
  return items;
}

/**
 * Reads an opened `proof` or `content` of a leaf type: a salt and the members that type may seal.
 * Trust: `value` is attacker-controlled; the members are JSON and no more than that.
 * @throws NarrowgateError `malformed_input`
 * @see docs/spec/evidence.md E-7, section 4
 */
export function parseSealedOpening(
  type: LeafType,
  part: "proof" | "content",
  value: unknown,
  path = "",
): SealedOpening {
  const opening = jsonObject(value, path);
  const known = SEALED_PARTS_OF[type][part];
  if (known === undefined) refuseInput(path, `a ${type} has no such part`);
  for (const name of Object.keys(opening)) {
    if (name !== "salt" && !known.includes(name))
      refuseInput(path, `a ${type} seals no such member in its ${part}`);
  }
  return { ...opening, salt: id16(opening.salt, `${path}/salt`) };
}

/** A member of an opening, or undefined when the opening or the member is absent. */
export function openedMember(opening: SealedOpening | undefined, name: string): JsonValue | undefined {
  return opening !== undefined && Object.hasOwn(opening, name) ? opening[name] : undefined;
}
