import type { StateReader } from "@narrowgate/contracts";
import { NarrowgateError, randomId, readObject, readString } from "@narrowgate/kernel";
import { parseVerifierKey, type VerifierKey } from "@narrowgate/tlog";
import type { AdminPorts, WitnessView } from "../admin/ports.ts";
import type { WitnessConfig } from "../config/config.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { Witnessing } from "../evidence/witness/witness-round.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";

/** Room of the state table that holds the witnesses an operator added, by ref. */
export const WITNESS_ROOM = "witness";
const MAX_WITNESSES = 16;

function addressOf({ url, key }: WitnessView): { readonly url: string; readonly key: VerifierKey } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (
    parsed === undefined ||
    !/^https?:$/.test(parsed.protocol) ||
    parsed.username !== "" ||
    parsed.password !== ""
  )
    throw new NarrowgateError("malformed_input", "/url must be an http(s) address without user or password");
  return { url: url.replace(/\/$/, ""), key: parseVerifierKey(nodeSha256, key) };
}

async function stored(state: StateReader): Promise<readonly WitnessView[]> {
  const rows = await state.scan(WITNESS_ROOM, { limit: MAX_WITNESSES });
  return rows.map(({ key, value }) => {
    const row = readObject(value, `/${key}`, ["url", "key", "entry"]);
    return { url: readString(row.url, `/${key}/url`), key: readString(row.key, `/${key}/key`) };
  });
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
  const views: WitnessView[] = [...configured, ...(await stored(state))];
  const witnessing = new Witnessing({ evidence, witnesses: views.map(addressOf) });
  return {
    witnessing,
    port: {
      list: () => views,
      async add(witness, { operator, jws }) {
        const address = addressOf(witness);
        if (views.some(({ key }) => key === witness.key))
          throw new NarrowgateError("conflict", "that witness is asked already");
        if (views.length >= MAX_WITNESSES)
          throw new NarrowgateError("overloaded", `${MAX_WITNESSES} witnesses are asked at most`);
        const [ref, entry] = [randomId(), randomId()];
        const document = { url: witness.url, key: witness.key };
        const { durable } = evidence.record(
          [
            {
              type: "registry",
              id: entry,
              body: { action: "created", kind: "settings", ref, version: 1, operator },
              proof: { request: jws },
              content: { document: { witness: document } },
            },
          ],
          [{ room: WITNESS_ROOM, key: ref, value: { ...document, entry } }],
        );
        // ORDER: in memory in the turn it is queued, so that it is not added twice; asked once it is on record.
        views.push(witness);
        await durable;
        witnessing.add(address);
      },
    },
  };
}
