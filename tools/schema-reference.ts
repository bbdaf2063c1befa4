import { writeFileSync } from "node:fs";
import { REGISTRY_SCHEMA } from "@narrowgate/contracts";

/** Writes docs/reference/narrowgate.schema.json, the schema of the registry file that editors read. */
const page = new URL("../docs/reference/narrowgate.schema.json", import.meta.url);
writeFileSync(page, `${JSON.stringify(REGISTRY_SCHEMA, null, 2)}\n`);
