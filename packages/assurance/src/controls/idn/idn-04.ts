import type { Control } from "../../fold/control.ts";
import { absentControl } from "../../fold/leaf-control.ts";

/** IDN-04: would be decided on sign-ins at the identity providers, which nobody hands in. */
export const idn04: Control = absentControl(
  "IDN-04",
  "sign-ins of people and agents",
  "there is no record of sign-ins at identity providers to compare with",
);
