/** Keeps one text and then another in a file, again and again, until it is killed. Argument: the file. */
import { fileKeeper } from "../../src/assurance/evaluate/keep-fold.ts";
import { KEPT_BYTES, keysOf } from "./fold-keys.ts";

const [path = ""] = process.argv.slice(2);
const keeper = fileKeeper(path, keysOf(), (cause) => {
  throw cause;
});
for (let i = 0; ; i++) {
  await keeper.save(async () => (i % 2 === 0 ? "a" : "b").repeat(KEPT_BYTES));
  process.send?.(i);
}
