/** Writes the digest of the evaluating sources, so that an evaluation names the code that made it. */
import { readFileSync, writeFileSync } from "node:fs";
import { sourceDigest } from "../packages/assurance/src/evaluator/source-digest.node.ts";

const sources = new URL("../packages/assurance/src/", import.meta.url);
const file = new URL("evaluator/evaluator-digest.ts", sources);
const text = readFileSync(file, "utf8").replace(/= "[^"]*";/, `= "${sourceDigest(sources)}";`);
writeFileSync(file, text);
