import { jwkThumbprint, type OperatorJws, parseOperatorJws } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonObject, NarrowgateError, randomId } from "@narrowgate/kernel";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { type DurableUses, openDurableUses } from "../platform/single-use/durable-uses.ts";
import { createEnrolmentCode, type EnrolmentCode } from "./enrolment-code.ts";
import { isSignedBy } from "./operator-jws.ts";
import type { OperatorPorts } from "./ports.ts";
import { createRequestChecks, type RequestChecks, type SeenRequest } from "./request-checks.ts";
import {
  formatOperator,
  loadOperators,
  OPERATOR_ROOM,
  type OperatorRecord,
  parseOperatorKey,
} from "./stored-operator.ts";

/** A request whose signature was verified. */
export interface VerifiedRequest {
  /** Ref of the operator. */
  readonly operator: string;
  /** The exact compact JWS: what goes into the evidence. */
  readonly jws: string;
}

/** Who is to be enrolled. `signature` is the new key's own, over the rest of the request. */
export interface Enrolment {
  readonly name: string;
  /** Trust: attacker-controlled; a P-256 key is asked for. */
  readonly jwk: JsonObject;
  /** Compact JWS of the new key; its body digest is over `seen`. */
  readonly signature: string;
  readonly seen: SeenRequest;
}

/** Who may administer this instance. */
export interface Operators {
  /** Operators whose keys count. */
  list(): readonly OperatorRecord[];
  find(ref: string): OperatorRecord | undefined;
  /** Makes the one-time code for the first operator, to be shown on the server's own terminal; nothing once there is one. */
  offerFirst(): Pick<EnrolmentCode, "shown" | "expiresAtMs"> | undefined;
  /** Enrols the first operator. @throws `join_code_invalid`, `conflict`, `operator_signature_invalid`, `malformed_input` */
  enrolFirst(enrolment: Enrolment, code: string): Promise<OperatorRecord>;
  /** Enrols a further operator. @throws `conflict`, `operator_signature_invalid`, `malformed_input` */
  enrol(enrolment: Enrolment, by: VerifiedRequest): Promise<OperatorRecord>;
  /** Removes an operator, never the last one. @throws `not_found`, `conflict` */
  remove(ref: string, by: VerifiedRequest): Promise<void>;
  /** Verifies a signed request and uses it up. @throws `operator_unknown`, `operator_signature_invalid` */
  verify(jws: string, seen: SeenRequest): Promise<VerifiedRequest>;
}

function refuse(why: string): never {
  throw new NarrowgateError("operator_signature_invalid", `the operator's signature is refused: ${why}`);
}

/** Who is enrolled, by ref and by key. */
class OperatorTable {
  readonly #byRef = new Map<string, OperatorRecord>();
  readonly #refByKey = new Map<string, string>();

  get(ref: string): OperatorRecord | undefined {
    return this.#byRef.get(ref);
  }

  /** By ref or thumbprint. Removed ones are found too. */
  named(name: string): OperatorRecord | undefined {
    return this.#byRef.get(name) ?? this.#byRef.get(this.#refByKey.get(name) ?? "");
  }

  put(record: OperatorRecord): void {
    this.#byRef.set(record.ref, record);
    this.#refByKey.set(record.jkt, record.ref);
  }

  live(): readonly OperatorRecord[] {
    return [...this.#byRef.values()].filter(({ removed }) => !removed);
  }
}

class OperatorsRoom implements Operators {
  readonly #ports: OperatorPorts;
  readonly #table: OperatorTable;
  readonly #checks: RequestChecks;
  #code: EnrolmentCode | undefined;

  constructor(ports: OperatorPorts, table: OperatorTable, uses: DurableUses) {
    this.#ports = ports;
    this.#table = table;
    this.#checks = createRequestChecks({ ...ports, uses });
  }

  list(): readonly OperatorRecord[] {
    return this.#table.live();
  }

  find(ref: string): OperatorRecord | undefined {
    return this.#table.get(ref);
  }

  offerFirst(): Pick<EnrolmentCode, "shown" | "expiresAtMs"> | undefined {
    if (this.list().length > 0) return undefined;
    this.#code = createEnrolmentCode(this.#ports.clock);
    return this.#code;
  }

  async enrolFirst(enrolment: Enrolment, code: string): Promise<OperatorRecord> {
    // ORDER: the signature before the code, so that a malformed request costs no try.
    const jws = await this.#checkOwnSignature(enrolment);
    if (this.list().length > 0)
      throw new NarrowgateError("conflict", "there is an operator already; ask them");
    if (this.#code?.take(code) !== true) {
      throw new NarrowgateError("join_code_invalid", "the enrolment code is wrong, used or expired");
    }
    return this.#add(enrolment, jws);
  }

  async enrol(enrolment: Enrolment, by: VerifiedRequest): Promise<OperatorRecord> {
    await this.#checkOwnSignature(enrolment);
    return this.#add(enrolment, by.jws);
  }

  async remove(ref: string, by: VerifiedRequest): Promise<void> {
    const record = this.#table.get(ref);
    if (record === undefined || record.removed)
      throw new NarrowgateError("not_found", "no such operator is enrolled");
    if (this.list().length === 1)
      throw new NarrowgateError("conflict", "the last operator cannot be removed");
    await this.#record({ ...record, removed: true, entry: randomId() }, by.jws);
  }

  async verify(text: string, seen: SeenRequest): Promise<VerifiedRequest> {
    const jws = this.#parse(text);
    const operator = this.#table.named(jws.claims.iss);
    if (operator === undefined || operator.removed) {
      throw new NarrowgateError("operator_unknown", "this operator key is not enrolled here");
    }
    await this.#checkSignature(jws, operator, seen);
    // Removed while the signature was being checked?
    if (this.#table.get(operator.ref)?.removed !== false) refuse("the operator was removed");
    return { operator: operator.ref, jws: text };
  }

  #parse(text: string): OperatorJws {
    try {
      return parseOperatorJws(text);
    } catch (error) {
      if (isNarrowgateError(error)) return refuse(error.publicMessage);
      throw error;
    }
  }

  async #checkSignature(
    jws: OperatorJws,
    signer: Pick<OperatorRecord, "jwk" | "jkt">,
    seen: SeenRequest,
  ): Promise<void> {
    const wrong = this.#checks.mismatch(jws.claims, seen);
    if (wrong !== undefined) refuse(wrong);
    if (!(await isSignedBy(jws, signer.jwk))) refuse("it does not verify");
    if (!this.#checks.take(signer.jkt, jws.claims)) refuse("it was used before; sign it again");
  }

  /** The new key signs its own enrolment, so that nobody enrols a key they do not hold. */
  async #checkOwnSignature({ jwk: sent, signature, seen }: Enrolment): Promise<string> {
    const jws = this.#parse(signature);
    const jwk = parseOperatorKey(sent);
    const jkt = jwkThumbprint(nodeSha256, jwk);
    if (jws.claims.iss !== jkt) refuse("the issuer is not the key that is to be enrolled");
    await this.#checkSignature(jws, { jwk, jkt }, seen);
    return signature;
  }

  async #add({ name, jwk: sent }: Enrolment, request: string): Promise<OperatorRecord> {
    const jwk = parseOperatorKey(sent);
    const jkt = jwkThumbprint(nodeSha256, jwk);
    if (this.#table.named(jkt) !== undefined) {
      throw new NarrowgateError("conflict", "this key is enrolled, or was removed; make a new one");
    }
    const enrolledAtMs = this.#ports.clock.nowMs();
    const record = { ref: randomId(), name, jwk, jkt, entry: randomId(), enrolledAtMs, removed: false };
    await this.#record(record, request);
    return record;
  }

  async #record(record: OperatorRecord, request: string): Promise<void> {
    const { ref, name, jwk, jkt, entry, removed } = record;
    const { durable } = this.#ports.evidence.record(
      [
        {
          type: "operator",
          id: entry,
          body: { action: removed ? "removed" : "enrolled", operator: ref, jkt },
          proof: { request },
          content: { name, jwk: { ...jwk } },
        },
      ],
      [{ room: OPERATOR_ROOM, key: ref, value: formatOperator(record) }],
    );
    // ORDER: in memory from the turn it is queued: what the operator signs next stands behind it in the log.
    this.#table.put(record);
    await durable;
  }
}

/**
 * Opens the room: who is enrolled is read before the first request is served.
 * @throws NarrowgateError `malformed_input` when a stored row is not what we wrote
 */
export async function openOperators(ports: OperatorPorts): Promise<Operators> {
  const table = new OperatorTable();
  for (const record of await loadOperators(ports.state)) table.put(record);
  return new OperatorsRoom(ports, table, await openDurableUses(ports.state, "operator-use"));
}
