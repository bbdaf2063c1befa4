import { expect, test } from "vitest";
import { plainName } from "./plain-name.ts";

test.each([
  ["Ona@Example.test", "ona@example.test"],
  [" MAILTO:ona@example.test ", "ona@example.test"],
  ["https://idp.example#Ona", "https://idp.example#ona"],
  ["ona, or mailto:ona@example.test", "ona, or mailto:ona@example.test"],
  ["", ""],
])("%j is compared as %j", (name, plain) => expect(plainName(name)).toBe(plain));
