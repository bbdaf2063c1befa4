import type { LeafDraft, StateReader } from "@narrowgate/contracts";
import { isNarrowgateError, NarrowgateError, randomId, readObject, readString } from "@narrowgate/kernel";
import { parseVerifierKey, type VerifierKey } from "@narrowgate/tlog";
import type { SignedRequest } from "../admin/ports/signed-request.ts";
import type { NewWitness, WitnessView } from "../admin/ports/witnesses-port.ts";
import type { AdminPorts } from "../admin/ports.ts";
import type { WitnessConfig } from "../config/config.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { Witnessing } from "../evidence/witness/witness-round.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";

/** Room of the state table that holds the witnesses an operator added, by ref. */
export const WITNESS_ROOM = "witness";
const MAX_WITNESSES = 16;

function keyOf(text: string): VerifierKey {
  try {
    return parseVerifierKey(nodeSha256, text);
  } catch (cause) {
    if (!isNarrowgateError(cause)) throw cause;
    const form = "the witness's verifier key, in the form name+hash+key";
    throw new NarrowgateError(cause.code, `/key must be ${form}: ${cause.publicMessage}`, { cause });
  }
}

function addressOf({ url, key }: NewWitness): { readonly url: string; readonly key: VerifierKey } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (
    parsed === undefined ||
    !/^https?:$/.test(parsed.protocol) ||
    parsed.username !== "" ||
    parsed.password !== ""
  )
    throw new NarrowgateError("malformed_input", "/url must be an http(s) address without user or password");
  return { url: url.replace(/\/$/, ""), key: keyOf(key) };
}

interface Known {
  readonly url: string;
  /** Verifier key, as text. */
  readonly text: string;
  readonly key: VerifierKey;
  /** Ref of its row; undefined for one of the configuration. */
  readonly ref: string | undefined;
}

function known(witness: NewWitness, ref: string | undefined): Known {
  return { ...addressOf(witness), text: witness.key, ref };
}

async function stored(state: StateReader): Promise<readonly Known[]> {
  const rows = await state.scan(WITNESS_ROOM, { limit: MAX_WITNESSES });
  return rows.map(({ key, value }) => {
    const row = readObject(value, `/${key}`, ["url", "key", "entry"]);
    const witness = { url: readString(row.url, `/${key}/url`), key: readString(row.key, `/${key}/key`) };
    return known(witness, key);
  });
}

/** The one witness of a name or verifier key. @throws `not_found`, `conflict` */
function theOne(list: readonly Known[], name: string): Known & { readonly ref: string } {
  const found = list.filter(({ key, text }) => text === name || key.name === name);
  const [one] = found;
  if (one === undefined) throw new NarrowgateError("not_found", "no such witness is asked");
  if (found.length > 1)
    throw new NarrowgateError("conflict", "several witnesses have that name; give the verifier key");
  const { ref } = one;
  if (ref === undefined)
    throw new NarrowgateError("conflict", "that witness stands in the configuration; take it out there");
  return { ...one, ref };
}

function viewOf({ url, key, text, ref }: Known, witnessing: Witnessing, size: number): WitnessView {
  const { cosigned, last } = witnessing.standing(key) ?? {};
  return {
    url,
    key: text,
    name: key.name,
    source: ref === undefined ? "configuration" : "operator",
    last: last ?? "unasked",
    behind: Math.max(0, size - (cosigned?.size ?? 0)),
    ...(cosigned === undefined ? {} : { cosignedSize: cosigned.size, cosignedAtMs: cosigned.atMs }),
  };
}

/** The witnesses that are asked: those of the configuration, and those an operator added. */
export interface WitnessList {
  readonly witnessing: Witnessing;
  readonly port: AdminPorts["witnesses"];
}

/** Opens the list and begins to ask. */
export async function openWitnesses(
  evidence: Evidence,
  state: StateReader,
  configured: readonly WitnessConfig[],
): Promise<WitnessList> {
  let list = [...configured.map((witness) => known(witness, undefined)), ...(await stored(state))];
  const witnessing = new Witnessing({ evidence, witnesses: list });
  const written = (
    action: "created" | "retired",
    { url, text, ref }: Known & { readonly ref: string },
    { operator, jws }: SignedRequest,
  ): Promise<void> => {
    const entry = randomId();
    const document = { url, key: text };
    const row = action === "created" ? { ...document, entry } : null;
    const draft: LeafDraft = {
      type: "registry",
      id: entry,
      body: { action, kind: "settings", ref, version: action === "created" ? 1 : 2, operator },
      proof: { request: jws },
      content: { document: { witness: document } },
    };
    return evidence
      .record([draft], [{ room: WITNESS_ROOM, key: ref, value: row }])
      .durable.then(() => undefined);
  };
  return {
    witnessing,
    port: {
      list: () => list.map((one) => viewOf(one, witnessing, evidence.publisher.published?.size ?? 0)),
      async add(witness, request) {
        const one = { ...known(witness, undefined), ref: randomId() };
        if (list.some(({ text }) => text === one.text))
          throw new NarrowgateError("conflict", "that witness is asked already");
        if (list.length >= MAX_WITNESSES)
          throw new NarrowgateError("overloaded", `${MAX_WITNESSES} witnesses are asked at most`);
        const durable = written("created", one, request);
        // ORDER: in memory in the turn it is queued, so that it is not added twice; asked once it is on record.
        list = [...list, one];
        await durable;
        witnessing.add(one);
      },
      async remove(name, request) {
        const one = theOne(list, name);
        const durable = written("retired", one, request);
        // ORDER: as when added; it is asked until its removal is on record.
        list = list.filter(({ ref }) => ref !== one.ref);
        await durable;
        witnessing.remove(one.key);
        return { url: one.url, key: one.text };
      },
    },
  };
}
