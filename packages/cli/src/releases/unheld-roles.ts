import type { AdminClient } from "../admin/admin-client.ts";
import { objectsAt, textsAt } from "../admin/read-answer.ts";

/**
 * Says which of the roles that are to sign nobody has, and how somebody gets one.
 * @param wanted - roles whose signature is missing
 * @returns no line when each has somebody
 */
export async function unheldRoles(
  admin: Pick<AdminClient, "read">,
  wanted: readonly string[],
): Promise<readonly string[]> {
  const people = objectsAt(await admin.read("/people"), "people");
  const held = new Set(people.flatMap((person) => textsAt(person, "roles")));
  const open = wanted.filter((role) => !held.has(role));
  if (open.length === 0) return [];
  return [`nobody has the role of ${open.join(", ")}: narrowgate people invite NAME --role ${open[0]}`];
}
