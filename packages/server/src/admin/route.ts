import type { JsonValue } from "@narrowgate/kernel";
import type { BytesAnswer, JsonAnswer } from "../platform/http/json-answer.ts";
import type { RouteKey } from "../platform/http/route-table.ts";
import type { SeenRequest, SignedRequest } from "./ports/signed-request.ts";
import type { AdminPorts } from "./ports.ts";

/** What a handler gives. */
export type Answer = JsonAnswer | BytesAnswer;

/** A request after its size, its JSON and, where asked for, its signature were checked. */
export interface AdminRequest {
  readonly params: ReadonlyMap<string, string>;
  readonly query: ReadonlyMap<string, string>;
  /** Strict JSON; undefined for a request without body. */
  readonly body: JsonValue | undefined;
  readonly seen: SeenRequest;
}

/** The same, signed by an operator. */
export interface SignedAdminRequest extends AdminRequest {
  readonly signer: SignedRequest;
}

interface Limits {
  readonly maxBodyBytes: number;
  readonly maxKeys: number;
}

/**
 * One row of the API.
 * `public`: to anybody, anywhere. `local`: to whoever can open the socket; over TCP it must be signed. `optional`: signed
 * or not, the handler tells them apart. `signed`: always signed by an operator.
 */
export type Route = RouteKey & {
  readonly limits?: Limits;
  /** Names of the query parameters it takes. */
  readonly query?: readonly string[];
} & (
    | {
        readonly access: "public";
        readonly handle: (request: AdminRequest, ports: AdminPorts) => Answer | Promise<Answer>;
      }
    | {
        readonly access: "local";
        readonly handle: (
          request: AdminRequest & { readonly signer?: SignedRequest },
          ports: AdminPorts,
        ) => Answer | Promise<Answer>;
      }
    | {
        readonly access: "optional";
        readonly handle: (
          request: AdminRequest & { readonly signer?: SignedRequest },
          ports: AdminPorts,
        ) => Promise<Answer>;
      }
    | {
        readonly access: "signed";
        readonly handle: (request: SignedAdminRequest, ports: AdminPorts) => Promise<Answer>;
      }
  );

/** Bodies of ordinary requests. */
export const SMALL: Limits = { maxBodyBytes: 262_144, maxKeys: 8192 };

/** Bodies that hold a registry of 100,000 agents. */
export const LARGE: Limits = { maxBodyBytes: 134_217_728, maxKeys: 4_000_000 };
