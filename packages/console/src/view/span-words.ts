import { counted } from "./counted.ts";

const units = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
] as const;

/** A length of time in its largest whole unit. @param seconds - 0 and up */
export function spanWords(seconds: number): string {
  const [size, name] = units.find(([unit]) => seconds >= unit) ?? [1, "second"];
  return counted(Math.floor(seconds / size), name);
}
