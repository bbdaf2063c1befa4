import {
  declassifyRequires,
  joinLabels,
  type Label,
  type Leaf,
  openedMember,
  parsePublicJwk,
  type ReadStatement,
  type RenderedRow,
  readLabel,
  readSignedStatement,
  renderedDigest,
} from "@narrowgate/contracts";
import { canonicalJson, type JsonValue, readArray, readObject, readString } from "@narrowgate/kernel";
import { absentPart, type Entry, type Evidence, entriesOf, entryOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { type AskedMatter, readMatter, renderMatter, yesOf } from "./asked-matter.ts";
import { People, verifyPasskey } from "./people.ts";

type Approval = Entry<"approval">;
type Signed = Extract<Leaf, { type: "approval" }>["body"] & {
  readonly person: string;
  readonly credential: string;
  readonly role: string;
  readonly slot: number;
};

/** An approval that stands in the bundle: what was asked, and by whom it was signed. */
export interface GivenApproval {
  readonly entry: Approval;
  readonly requested: Approval;
  /** Undefined where it is not disclosed. */
  readonly matter: AskedMatter | undefined;
  readonly requirement: string;
  readonly person: string;
  /** Names of the person, as enrolled: what must not be subject, owner or deputy. */
  readonly names: readonly string[];
  readonly notAfterMs: number;
  /** Place in the log where the request was refused, expired or withdrawn; undefined when it was not. */
  readonly endedAt: number | undefined;
}

/** Approvals by leaf id. */
export type GivenApprovals = ReadonlyMap<string, GivenApproval>;

/** Nobody signs for tokens in this version. */
function isForSame(signed: Approval["leaf"]["body"], asked: Approval["leaf"]["body"]): boolean {
  return signed.kind === asked.kind && signed.kind !== "token" && signed.digest === asked.digest;
}

function isSigned(body: Approval["leaf"]["body"]): body is Signed {
  return body.action === "approved" || body.action === "refused";
}

/** Members of the statement that follow from the leaf and from what was asked. */
function statementFault(
  { statement }: ReadStatement,
  entry: Approval,
  requested: Approval,
): string | undefined {
  const { body, txn, at } = entry.leaf;
  const kind = body.action === "approved" ? yesOf(body) : "refuse";
  if (statement.kind !== kind) return `what was signed says ${statement.kind}`;
  if (statement.id !== body.approval) return "what was signed is about another approval";
  if (statement.action !== body.digest) return "what was signed is about another action";
  if (statement.txn !== txn?.id) return "what was signed is about another transaction";
  if (statement.role !== body.role || statement.slot !== body.slot)
    return "what was signed is for another role";
  if (statement.not_after !== requested.leaf.body.not_after) return "what was signed ends at another time";
  return at < statement.not_after ? undefined : "it was signed after its end";
}

function readRendered(value: JsonValue): readonly RenderedRow[] {
  return readArray(
    value,
    "/rendered",
    (item, path) => {
      const { label, value: shown } = readObject(item, path, ["label", "value"]);
      return { label: readString(label, `${path}/label`), value: readString(shown, `${path}/value`) };
    },
    { max: 4096 },
  );
}

/** What was shown, where it is disclosed, is what the statement names and what the action gives (P-4, P-9). */
function renderedFault(
  evidence: Evidence,
  { statement }: ReadStatement,
  matter: AskedMatter | undefined,
  requested: Approval,
): string | undefined {
  const { sha256 } = evidence.crypto;
  const rendered = openedMember(requested.openings.content, "rendered");
  const asked = evidence.byId.get(requested.leaf.body.decision ?? "");
  const reason = openedMember(asked?.openings.content, "reason");
  const expected = matter === undefined ? undefined : renderMatter(matter, statement.labels, reason);
  if (expected !== undefined) {
    if (rendered !== undefined && canonicalJson([...expected]) !== canonicalJson(rendered))
      return "what was shown is not what the action says";
    if (renderedDigest(sha256, expected) !== statement.rendered)
      return "what was shown is not what was signed";
  }
  if (rendered === undefined || renderedDigest(sha256, readRendered(rendered)) === statement.rendered)
    return undefined;
  return "what was shown is not what was signed";
}

/** Digest of the policies and labels that the refusal was decided on are those she was told of. */
function askedFault(
  evidence: Evidence,
  { statement }: ReadStatement,
  { requested, matter }: { readonly requested: Approval; readonly matter: AskedMatter | undefined },
): string | undefined {
  if (matter?.kind === "declassify" && !isSameLabel(matter.asked.from, statement.labels))
    return "what was signed says that something else is carried";
  const asked = entryOf(evidence, requested.leaf.body.decision ?? "", "decision");
  if (asked === undefined) return undefined;
  if (statement.policy !== asked.leaf.body.policy) return "what was signed names other policies than asked";
  if (requested.leaf.body.kind !== "call") return undefined;
  const labels = (asked.openings.inputs ?? []).flatMap((item) =>
    !("commitment" in item) && (item.path === "/labels/transaction" || item.path === "/labels/instance")
      ? [readLabel(item.value, item.path)]
      : [],
  );
  if (labels.length < 2 || isSameLabel(joinLabels(...labels), statement.labels)) return undefined;
  return "what was signed says that something else was read before";
}

function isSameLabel(a: Label, b: Label): boolean {
  return a.class === b.class && a.untrusted === b.untrusted;
}

/** An answer is given free of a call that was permitted, and by those who may. */
function declassifyFault(
  evidence: Evidence,
  entry: Approval,
  { leaf }: Entry<"decision">,
): string | undefined {
  if (leaf.body.action !== "call" || leaf.body.verdict !== "permit")
    return "the decision it names led to no answer";
  const matter = readMatter(evidence, entry);
  if (matter === undefined || "fault" in matter || matter.kind !== "declassify") return undefined;
  const requires = declassifyRequires(matter.asked);
  return canonicalJson([...requires]) === canonicalJson([...(entry.leaf.body.requires ?? [])])
    ? undefined
    : "it asks for other signatures than giving this free takes";
}

/** A request names the refusal that asked for it, and asks for what that requires. */
function requestFault(evidence: Evidence, entry: Approval): string | undefined {
  const { body, txn } = entry.leaf;
  if (body.kind === "token") return undefined;
  const asked = entryOf(evidence, body.decision ?? "", "decision");
  if (asked === undefined || asked.index >= entry.index || asked.leaf.txn?.id !== txn?.id)
    return "no earlier decision of the transaction asked for it";
  if (body.kind === "declassify") return declassifyFault(evidence, entry, asked);
  if (asked.leaf.body.code !== "approval_required") return "the decision it names asked for no approval";
  const requires = openedMember(asked.openings.content, "requires");
  const same =
    requires === undefined || canonicalJson(requires) === canonicalJson([...(body.requires ?? [])]);
  return same ? undefined : "it asks for other signatures than the decision requires";
}

/** The statement of an approval, its ceremony checked under the trust file; what nobody vouches for is claimed. */
function readCeremony(evidence: Evidence, { openings }: Approval): ReadStatement | undefined {
  const place = evidence.trust?.approvals;
  const proof = openings.proof;
  if (place === undefined || proof === undefined) return undefined;
  const { salt: _, ...signed } = proof;
  return readSignedStatement(evidence.crypto.sha256, signed, { origin: place.origin, rpId: place.rp_id });
}

class ApprovalCheck {
  readonly given: Map<string, Omit<GivenApproval, "endedAt">> = new Map();
  readonly #evidence: Evidence;
  readonly #findings: Findings;
  readonly #people: People;
  readonly #requested: Map<string, Approval> = new Map();
  /** Requests that were refused, expired or withdrawn, and where in the log. */
  readonly ended: Map<string, number> = new Map();

  constructor(evidence: Evidence, findings: Findings) {
    this.#evidence = evidence;
    this.#findings = findings;
    this.#people = new People(evidence);
  }

  async check(entry: Approval): Promise<void> {
    const { body } = entry.leaf;
    if (body.action === "requested") return this.#request(entry);
    if (!isSigned(body)) return this.#end(entry);
    const requested = this.#requested.get(body.approval);
    if (requested === undefined) return this.#fail(entry, "nobody asked for this approval");
    if (this.ended.has(body.approval)) return this.#fail(entry, "nobody asked for this approval any more");
    if (entry.leaf.sealed?.proof === undefined) return this.#fail(entry, "nothing that was signed is kept");
    if (!isForSame(body, requested.leaf.body))
      return this.#fail(entry, "it is for another action than was asked for");
    const requirement = `${body.role}#${body.slot}`;
    if (requested.leaf.body.requires?.includes(requirement) !== true)
      return this.#fail(entry, "nobody asked for this role");
    const matter = readMatter(this.#evidence, requested);
    if (matter !== undefined && "fault" in matter) return this.#fail(entry, matter.fault);
    await this.#checkSignature(entry, body, { requested, matter });
    if (body.action !== "approved") return this.#end(entry);
    this.given.set(entry.leaf.id, {
      entry,
      requested,
      matter,
      requirement,
      person: body.person,
      names: this.#people.names(body.person, entry.index),
      notAfterMs: requested.leaf.body.not_after ?? 0,
    });
  }

  #end({ index, leaf }: Approval): void {
    const { approval } = leaf.body;
    if (!this.ended.has(approval)) this.ended.set(approval, index);
  }

  #request(entry: Approval): void {
    const { approval } = entry.leaf.body;
    const wrong = requestFault(this.#evidence, entry);
    if (wrong !== undefined) this.#fail(entry, wrong);
    else if (this.#requested.has(approval)) this.#fail(entry, "it was asked for before");
    else this.#requested.set(approval, entry);
  }

  async #checkSignature(
    entry: Approval,
    body: Signed,
    { requested, matter }: { readonly requested: Approval; readonly matter: AskedMatter | undefined },
  ): Promise<void> {
    const read = readCeremony(this.#evidence, entry);
    const passkey = this.#people.passkey(body.credential, body.person, entry.index);
    if (passkey === undefined)
      return this.#fail(entry, "its passkey was not enrolled for that person, or no longer");
    if (!this.#people.roles(body.person, entry.index).includes(body.role))
      return this.#fail(entry, "the person did not have that role");
    const opened = openedMember(passkey.openings.content, "jwk");
    if (read === undefined || opened === undefined) return this.#claimed(entry);
    const wrong =
      statementFault(read, entry, requested) ??
      askedFault(this.#evidence, read, { requested, matter }) ??
      renderedFault(this.#evidence, read, matter, requested);
    if (wrong !== undefined) return this.#fail(entry, wrong);
    const holds = await verifyPasskey(this.#evidence, parsePublicJwk(opened), read);
    if (!holds) return this.#fail(entry, "the signature of the passkey does not verify");
    const [name = body.person] = this.#people.names(body.person, entry.index);
    this.#findings.mark(entry.leaf.id, { status: "signed", by: `passkey of ${name}` });
    if (passkey.leaf.body.authenticator === "virtual")
      this.#findings.remark(entry.leaf.id, "(virtual authenticator)");
  }

  #claimed(entry: Approval): void {
    const status = absentPart(this.#evidence, entry, ["proof"]) ?? "claimed";
    this.#findings.mark(entry.leaf.id, { status });
    this.#findings.remark(entry.leaf.id, "(the signature could not be checked)");
    if (this.#evidence.trust !== undefined && this.#evidence.trust.approvals === undefined)
      this.#findings.note("the trust file names no approval origin, so approvals are claimed");
  }

  #fail(entry: Approval, message: string): void {
    this.#findings.fail("E-31", message, entry.leaf.id);
  }
}

/**
 * Checks what people signed: that the passkey was enrolled, the ceremony took place where approvals are signed, and the
 * statement is about this action, this role and this transaction.
 * @see docs/spec/approval.md; docs/spec/evidence.md E-31
 */
export async function checkApprovals(evidence: Evidence, findings: Findings): Promise<GivenApprovals> {
  const check = new ApprovalCheck(evidence, findings);
  for (const entry of entriesOf(evidence, "approval"))
    await findings.attemptAsync("E-31", entry.leaf.id, () => check.check(entry));
  return new Map(
    [...check.given].map(([id, given]) => [
      id,
      { ...given, endedAt: check.ended.get(given.entry.leaf.body.approval) },
    ]),
  );
}
