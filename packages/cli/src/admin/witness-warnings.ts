import type { JsonObject } from "@narrowgate/kernel";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTime } from "../terminal/format-time.ts";
import type { AdminClient } from "./admin-client.ts";
import { objectsAt, textAt } from "./read-answer.ts";

function warningOf(witness: JsonObject): string | undefined {
  const { behind, last, cosigned_at_ms: at } = witness;
  // One that answered last is only as far behind as the newest head is young.
  if (typeof behind !== "number" || behind === 0 || last === "cosigned") return undefined;
  const seen = at === undefined ? "not seen since the server started" : `last seen ${formatTime(at)} UTC`;
  const name = cleanText(textAt(witness, "name"), 128);
  const refuses = last === "refused" ? "; it refuses what this log shows it: look at once" : "";
  return `witness ${name} is behind by ${behind} leaves, ${seen}${refuses}`;
}

/** One sentence for each witness that does not keep up. Trust: names are the operators' own. */
export async function witnessWarnings(admin: AdminClient): Promise<readonly string[]> {
  const witnesses = objectsAt(await admin.read("/witnesses"), "witnesses");
  return witnesses.map(warningOf).filter((line) => line !== undefined);
}
