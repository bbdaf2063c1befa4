import { NarrowgateError } from "@narrowgate/kernel";

/** What a pack breaks, with the rule. Thrown inside the check of a pack alone, which makes a failure of it. */
export class PackRefusal extends NarrowgateError {
  readonly rule: string;

  constructor(rule: string, message: string) {
    super("verification_failed", message);
    this.rule = rule;
  }
}

/** Ends the check of a pack. */
export function refuse(rule: string, message: string): never {
  throw new PackRefusal(rule, message);
}
