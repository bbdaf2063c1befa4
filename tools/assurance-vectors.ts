/** Writes what a control must say of a log, for implementations in other languages. */
import { writeFileSync } from "node:fs";
import { controlVectors } from "../packages/assurance/src/self-test/control-vectors.ts";

writeFileSync(
  new URL("../test/vectors/assurance/controls.json", import.meta.url),
  `${JSON.stringify(controlVectors(), null, 1)}\n`,
);
