import { homedir } from "node:os";
import { join } from "node:path";

/** Where compiled sources are kept between runs: `$XDG_CACHE_HOME/narrowgate/compile`, else below `~/.cache`. */
export function compileCacheDirectory(env: NodeJS.ProcessEnv): string {
  const xdg = env.XDG_CACHE_HOME;
  return join(xdg?.startsWith("/") === true ? xdg : join(homedir(), ".cache"), "narrowgate", "compile");
}
