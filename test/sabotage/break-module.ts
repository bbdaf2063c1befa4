/**
 * Breaks one module as Node loads it: `node --import file:///…/break-module.ts?id=ID`. Nothing on disk changes.
 * It ends the process when what it is to break is not there exactly once, so that no sabotage is a word without a deed.
 */
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { brokenSource } from "./broken-source.ts";
import { SABOTAGES } from "./sabotages.ts";

const id = new URL(import.meta.url).searchParams.get("id");
const chosen = SABOTAGES.find((one) => one.id === id);
if (chosen === undefined) throw new RangeError(`no sabotage ${id}`);
const root = fileURLToPath(new URL("../..", import.meta.url));

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.startsWith("file:") || fileURLToPath(url) !== `${root}${chosen.file}`) return loaded;
    const { source = "" } = loaded;
    const text = typeof source === "string" ? source : new TextDecoder().decode(source);
    return { ...loaded, source: brokenSource(chosen, text) };
  },
});
