import type { JsonObject } from "@narrowgate/kernel";
import { jsonObject, refuseInput, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";

/**
 * What an agent may be given on behalf of some people: those of a group, or one. One person is entitled to the union of
 * what names her. @see docs/design/decide-and-approve.md
 */
export type EntitlementSpec = {
  /** Group, as an issuer states it. Exactly one of this and `subject`. */
  readonly group?: string;
  /** Issuer that states the group; absent = any that is registered for people. */
  readonly issuer?: string;
  /** `<issuer>#<sub>`. */
  readonly subject?: string;
  /** Wire form of an authority. */
  readonly authority: JsonObject;
};

/** Most groups of one person that are read, and most characters of one. */
export const MAX_GROUPS = 256;
/** Most characters of the name of a group. */
export const MAX_GROUP_CHARS = 256;

const readWire = shape<EntitlementSpec>({
  group: optional(text({ min: 1, max: MAX_GROUP_CHARS })),
  issuer: optional(text({ min: 1, max: 1024, pattern: /^https?:\/\/[\x21-\x7e]+$/ })),
  subject: optional(text({ min: 3, max: 1024, pattern: /^https?:\/\/[\x21-\x7e]+#[^\0]+$/ })),
  authority: jsonObject,
});

/** Reads one entitlement of the file. Its authority is parsed by the authority package. */
export const readEntitlement: Reader<EntitlementSpec> = (value, path) => {
  const entitlement = readWire(value, path);
  const { group, issuer, subject } = entitlement;
  if ((group === undefined) === (subject === undefined))
    refuseInput(path, "must name a group or a subject, and not both");
  if (subject !== undefined && issuer !== undefined)
    refuseInput(`${path}/issuer`, "stands in the subject already");
  return entitlement;
};
