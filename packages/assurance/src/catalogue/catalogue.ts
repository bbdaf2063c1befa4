import {
  canonicalJson,
  NarrowgateError,
  type Sha256,
  type Sha256Text,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import controlsJson from "./controls.json" with { type: "json" };
import drillsJson from "./drills.json" with { type: "json" };
import frameworksJson from "./frameworks.json" with { type: "json" };
import questionsJson from "./questions.json" with { type: "json" };
import { readControls, readDrills, readFrameworks, readQuestions } from "./read-catalogue.ts";
import type { Catalogue } from "./rows.ts";

export type { Catalogue, CatalogueControl } from "./rows.ts";

/** The catalogue that ships: controls, drills, a reviewer's questions and the register of clauses. */
export const catalogue: Catalogue = {
  ...readControls(controlsJson, ""),
  ...readDrills(drillsJson, ""),
  ...readQuestions(questionsJson, ""),
  ...readFrameworks(frameworksJson, ""),
};

/** Digest of a catalogue (C-1). */
export function catalogueDigest(sha256: Sha256, of: Catalogue): Sha256Text {
  return toSha256Text(sha256(utf8(`narrowgate/catalogue/v1\n${canonicalJson(of)}`)));
}

/**
 * A control's row.
 * @throws NarrowgateError `internal_error` where a control has none
 */
export function rowOf(of: Catalogue, id: string): Catalogue["controls"][number] {
  const row = of.controls.find((one) => one.id === id);
  if (row !== undefined) return row;
  throw new NarrowgateError("internal_error", "internal error", { detail: `no catalogue row for ${id}` });
}
