import { NarrowgateError } from "@narrowgate/kernel";
import type { OptionSpec } from "../command.ts";

/** Option by which an author says what the plane cannot see. */
export const DECLARE_OPTION: OptionSpec = {
  name: "declare",
  value: "NAME=VALUE",
  repeats: true,
  help: "what the plane cannot see: model, prompt, code",
};

/** What `--declare` says, by name. @throws NarrowgateError `usage` */
export function readDeclared(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((one) => {
      const at = one.indexOf("=");
      if (at < 1) throw new NarrowgateError("usage", "--declare takes NAME=VALUE");
      return [one.slice(0, at), one.slice(at + 1)];
    }),
  );
}
