import type { StateReader } from "@narrowgate/contracts";
import { readInteger } from "@narrowgate/kernel";
import { loadRows } from "../platform/store/load-rows.ts";
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

/**
 * Reads the registry from the state table.
 * @throws NarrowgateError `malformed_input` when a row is not what we wrote
 */
export async function loadTable(state: StateReader): Promise<RegistryTable> {
  const table = new RegistryTable();
  // ORDER: pins before the servers that show them.
  for (const pin of await loadRows(state, ROOM_PIN, parsePinRow)) table.putPin(pin);
  for (const server of await loadRows(state, ROOM_SERVER, (value, _, key) => parseServerRow(key, value)))
    table.putServer(server);
  for (const issuer of await loadRows(state, ROOM_ISSUER, parseIssuerRow)) table.putIssuer(issuer);
  for (const agent of await loadRows(state, ROOM_AGENT, (value, _, key) => parseAgentRow(key, value)))
    table.putAgent(agent);
  const settings = await state.get(ROOM_SINGLE, "settings");
  if (settings !== null) table.settings = parseSettingsRow(settings, "/settings");
  const policy = await state.get(ROOM_SINGLE, "policy");
  if (policy !== null) table.policy = parsePolicyRow(policy, "/policy");
  const revision = await state.get(ROOM_SINGLE, "revision");
  if (revision !== null) table.revision = readInteger(revision, "/revision");
  return table;
}
