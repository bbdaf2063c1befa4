import { digestOfBuild } from "./platform/build/build-digest.ts";
import { productVersion } from "./platform/build/product-version.ts";

/** What stands here to be run, as one line of JSON: the CLI asks, which imports nothing of the server. */
process.stdout.write(
  `${JSON.stringify({ version: await productVersion(), build: await digestOfBuild() })}\n`,
);
