import type { StateReader } from "@narrowgate/contracts";
import { type JsonValue, readInteger } from "@narrowgate/kernel";
import {
  parseAgentRow,
  parseIssuerRow,
  parsePinRow,
  parsePolicyRow,
  parseServerRow,
  parseSettingsRow,
} from "./parse-rows.ts";
import { RegistryTable } from "./registry-table.ts";
import { ROOM_AGENT, ROOM_ISSUER, ROOM_PIN, ROOM_SERVER, ROOM_SINGLE } from "./rows.ts";

const PAGE = 5000;

async function eachRow(
  state: StateReader,
  room: string,
  read: (key: string, value: JsonValue) => void,
): Promise<void> {
  for (let after: string | undefined; ; ) {
    const page = await state.scan(room, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const { key, value } of page) read(key, value);
    after = page.at(-1)?.key;
    if (page.length < PAGE) return;
  }
}

/**
 * Reads the registry from the state table.
 * @throws NarrowgateError `malformed_input` when a row is not what we wrote
 */
export async function loadTable(state: StateReader): Promise<RegistryTable> {
  const table = new RegistryTable();
  // ORDER: pins before the servers that show them.
  await eachRow(state, ROOM_PIN, (key, value) => table.putPin(parsePinRow(value, `/pin/${key}`)));
  await eachRow(state, ROOM_SERVER, (key, value) => table.putServer(parseServerRow(key, value)));
  await eachRow(state, ROOM_ISSUER, (key, value) => table.putIssuer(parseIssuerRow(value, `/issuer/${key}`)));
  await eachRow(state, ROOM_AGENT, (key, value) => table.putAgent(parseAgentRow(key, value)));
  const settings = await state.get(ROOM_SINGLE, "settings");
  if (settings !== null) table.settings = parseSettingsRow(settings, "/settings");
  const policy = await state.get(ROOM_SINGLE, "policy");
  if (policy !== null) table.policy = parsePolicyRow(policy, "/policy");
  const revision = await state.get(ROOM_SINGLE, "revision");
  if (revision !== null) table.revision = readInteger(revision, "/revision");
  return table;
}
