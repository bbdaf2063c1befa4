import { readdir, readFile } from "node:fs/promises";
import { picturesFolder } from "../../../packages/console/e2e/picture.ts";

/** Pictures of the walk that the documentation shows, in its order, and those that lie beside it. */
export async function walkPictures(): Promise<{
  readonly shown: readonly string[];
  readonly there: readonly string[];
}> {
  const words = await readFile(new URL("../../../docs/reviewers-walk.md", import.meta.url), "utf8");
  const shown = [...words.matchAll(/\(images\/(walk-[\w-]+)\.png\)/g)].map(([, name = ""]) => name);
  const files = await readdir(picturesFolder);
  const there = files.filter((file) => file.startsWith("walk-")).map((file) => file.replace(/\.png$/, ""));
  return { shown, there };
}
