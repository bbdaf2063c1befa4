import { digest, id, integer, oneOf } from "../../reading/readers.ts";
import { optional, type Reader, shape } from "../../reading/shape.ts";

/** An operator key came or went. */
export type OperatorBody = {
  readonly action: "enrolled" | "removed";
  readonly operator: string;
  readonly jkt: string;
};

/** A registered object changed. */
export type RegistryBody = {
  readonly action: "created" | "changed" | "suspended" | "activated" | "retired" | "repinned";
  readonly kind: "agent" | "server" | "pin" | "issuer" | "settings" | "hold";
  readonly ref: string;
  readonly version: number;
  readonly operator: string;
};

/** A policy bundle came into force. */
export type PolicyBody = {
  readonly digest: string;
  readonly previous?: string;
  readonly procedure: string;
  readonly operator: string;
};

export const readOperator: Reader<OperatorBody> = shape<OperatorBody>({
  action: oneOf(["enrolled", "removed"]),
  operator: id,
  jkt: digest,
});

export const readRegistry: Reader<RegistryBody> = shape<RegistryBody>({
  action: oneOf(["created", "changed", "suspended", "activated", "retired", "repinned"]),
  kind: oneOf(["agent", "server", "pin", "issuer", "settings", "hold"]),
  ref: id,
  version: integer(),
  operator: id,
});

export const readPolicy: Reader<PolicyBody> = shape<PolicyBody>({
  digest,
  previous: optional(digest),
  procedure: digest,
  operator: id,
});
