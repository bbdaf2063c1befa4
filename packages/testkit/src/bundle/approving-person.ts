import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  type ApprovalStatement,
  type ApprovedAction,
  actionDigest,
  BOTTOM_LABEL,
  formatStatement,
  type LeafDraft,
  type RenderedRow,
  renderAction,
  renderedDigest,
  statementChallenge,
} from "@narrowgate/contracts";
import { concatBytes, type JsonObject, toBase64url, utf8 } from "@narrowgate/kernel";
import { digestText, newId, sha256 } from "./signing-keys.ts";

/** Where the approvals of recorded cases are signed. */
export const approvalPlace = { origin: "https://approve.example", rp_id: "approve.example" } as const;

/** What is asked of the person. */
export interface AskedApproval {
  readonly approval: string;
  readonly action: ApprovedAction;
  readonly digest: string;
  readonly reason: string;
  readonly policy: string;
  readonly notAfterMs: number;
  readonly rendered: readonly RenderedRow[];
}

/** What a test may change before it is signed. */
export interface SigningEdit {
  readonly statement?: (statement: ApprovalStatement) => ApprovalStatement;
  readonly clientData?: (data: JsonObject) => JsonObject;
  /** Flags of the authenticator; default user present and verified. */
  readonly flags?: number;
}

/** Makes what a person is asked about one action. */
export function askFor(
  action: ApprovedAction,
  more: { readonly reason: string; readonly policy: string; readonly notAfterMs: number },
): AskedApproval {
  const rendered = renderAction(action, more.reason, BOTTOM_LABEL);
  return { approval: newId(), action, digest: actionDigest(sha256, action), rendered, ...more };
}

/** A person with a passkey of her own: signs as an authenticator does, by the rules of WebAuthn. */
export class ApprovingPerson {
  readonly ref: string = newId();
  readonly credential: string = digestText(newId());
  readonly #key: KeyObject;
  readonly #jwk: JsonObject;
  readonly #name: string;

  constructor(name: string) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x = "", y = "" } = publicKey.export({ format: "jwk" });
    this.#key = privateKey;
    this.#jwk = { crv: "P-256", kty: "EC", x, y };
    this.#name = name;
  }

  /** Leaves that enrol her and her passkey. */
  enrolment(operator: string): readonly [LeafDraft, LeafDraft] {
    const { ref: person, credential } = this;
    return [
      {
        type: "person",
        body: { action: "enrolled", person, roles: ["approver"], operator },
        content: { name: this.#name, identities: [] },
      },
      {
        type: "person",
        body: { action: "credential_added", person, credential, authenticator: "virtual" },
        content: { jwk: this.#jwk, rp_id: approvalPlace.rp_id },
      },
    ];
  }

  /** Signs, and gives the body and proof of the `approved` leaf. */
  approve(asked: AskedApproval, edit: SigningEdit = {}): Pick<LeafDraft, "body" | "proof"> {
    const plain: ApprovalStatement = {
      v: 1,
      kind: "approve",
      id: asked.approval,
      nonce: newId(),
      action: asked.digest,
      txn: asked.action.txn,
      policy: asked.policy,
      labels: BOTTOM_LABEL,
      role: "approver",
      slot: 1,
      rendered: renderedDigest(sha256, asked.rendered),
      not_after: asked.notAfterMs,
    };
    const statement = edit.statement?.(plain) ?? plain;
    const data = {
      type: "webauthn.get",
      challenge: statementChallenge(sha256, statement),
      origin: approvalPlace.origin,
      crossOrigin: false,
    };
    const clientData = utf8(JSON.stringify(edit.clientData?.(data) ?? data));
    const rpHash = createHash("sha256").update(approvalPlace.rp_id).digest();
    const authenticatorData = concatBytes(rpHash, Uint8Array.of(edit.flags ?? 0x05, 0, 0, 0, 1));
    const message = concatBytes(authenticatorData, sha256(clientData));
    return {
      body: {
        action: "approved",
        approval: asked.approval,
        kind: "call",
        digest: asked.digest,
        person: this.ref,
        credential: this.credential,
        role: "approver",
        slot: 1,
      },
      proof: {
        statement: new TextDecoder().decode(formatStatement(statement)),
        client_data: toBase64url(clientData),
        authenticator_data: toBase64url(authenticatorData),
        signature: toBase64url(sign("sha256", message, this.#key)),
      },
    };
  }
}
