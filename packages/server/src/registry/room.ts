import type { RegistryPorts } from "./ports.ts";
import type { RegistryTable } from "./registry-table.ts";

/** What the changing functions of this room work on. */
export interface Room {
  readonly table: RegistryTable;
  readonly ports: RegistryPorts;
}
