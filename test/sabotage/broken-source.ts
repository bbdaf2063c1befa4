import type { Sabotage } from "./sabotages.ts";

/** The file as it is when broken. @throws RangeError when what is to be broken does not stand there exactly once */
export function brokenSource({ id, find, replace }: Sabotage, source: string): string {
  const parts = source.split(find);
  if (parts.length !== 2)
    throw new RangeError(`${id}: what it breaks stands there ${parts.length - 1} times`);
  return parts.join(replace);
}
