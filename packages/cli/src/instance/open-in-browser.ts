import { spawn } from "node:child_process";

/** The program that opens an address on this system, and what it is given before the address. */
function openerOf(platform: NodeJS.Platform): readonly string[] {
  if (platform === "darwin") return ["open"];
  return platform === "win32" ? ["rundll32", "url.dll,FileProtocolHandler"] : ["xdg-open"];
}

/**
 * Opens an address in the person's browser, if that can be done: the address is always printed too, so a failure is none.
 * @param url - an address of our own making; it is one argument, and no shell reads it
 * @param program - in place of the system's own
 */
export function openInBrowser(url: string, program?: string): void {
  const [name = "", ...before] = program === undefined ? openerOf(process.platform) : [program];
  const child = spawn(name, [...before, url], { stdio: "ignore", detached: true });
  child.once("error", () => undefined);
  child.unref();
}
