import { LOAD_LEVELS } from "@narrowgate/contracts";
import {
  flag,
  integer,
  jsonObject,
  listOf,
  oneOf,
  optional,
  type Reader,
  shape,
  sortedSetOf,
  text,
} from "@narrowgate/contracts/reading";
import {
  type Catalogue,
  type CatalogueControl,
  type CatalogueDrill,
  type Clause,
  type ControlClauses,
  type EvidenceAge,
  type Framework,
  READINGS,
  type ReviewerQuestion,
  type Severity,
} from "./rows.ts";

const words = text({ min: 1, max: 2048 });
const controlId = text({ min: 6, max: 6, pattern: /^[A-Z]{3}-[0-9]{2}$/ });
const drillId = text({ min: 5, max: 5, pattern: /^DR-[0-9]{2}$/ });
const clauseRef = text({ min: 5, max: 128, pattern: /^[A-Z0-9-]+@[A-Za-z0-9.-]+#[A-Za-z0-9&().: -]+$/ });
const clauseRefs = sortedSetOf(clauseRef, { max: 64 });

const wordsByName: Reader<Readonly<Record<string, string>>> = (value, path) =>
  Object.fromEntries(
    Object.entries(jsonObject(value, path)).map(([name, item]) => [name, words(item, `${path}/${name}`)]),
  );

const readSeverity = shape<Severity>({
  rule: oneOf(["block", "warn"]),
  when: optional(
    oneOf([
      "secrets",
      "sensitive_resources",
      "spend_or_egress",
      "state_changing_tools",
      "tier_t3",
      "unused_write",
      "write_scopes",
    ]),
  ),
});

const readAge = shape<EvidenceAge>({
  continuous_s: optional(integer({ min: 60 })),
  drill_s: optional(integer({ min: 60 })),
  per: optional(oneOf(["release", "build"])),
});

const readControl = shape<CatalogueControl>({
  id: controlId,
  family: text({ min: 3, max: 3 }),
  title: words,
  statement: words,
  evidence: readAge,
  severity: readSeverity,
  non_waivable: flag,
  drills: sortedSetOf(drillId, { max: 64 }),
  clauses: shape<ControlClauses>({
    direct: clauseRefs,
    supports: clauseRefs,
    layers: clauseRefs,
    conditional: clauseRefs,
    anchors: clauseRefs,
  }),
});

const readDrill = shape<CatalogueDrill>({
  id: drillId,
  name: words,
  theme: words,
  load: oneOf(LOAD_LEVELS),
  does: words,
  expects: words,
  evidences: sortedSetOf(controlId, { max: 64 }),
  absent: optional(words),
});

const readQuestion = shape<ReviewerQuestion>({
  n: integer({ min: 1 }),
  question: words,
  artefact: words,
  controls: sortedSetOf(controlId, { max: 64 }),
  aicaiq: listOf(text({ min: 4, max: 16, pattern: /^[A-Z&]+-[0-9]{2}\.[0-9]+$/ }), { max: 8 }),
});

const readClause = shape<Clause>({
  id: text({ min: 1, max: 64 }),
  verified: flag,
  read: oneOf(READINGS),
  title: optional(words),
  source: optional(words),
});

const readFramework = shape<Framework>({
  key: text({ min: 2, max: 16, pattern: /^[A-Z0-9-]+$/ }),
  version: text({ min: 1, max: 16, pattern: /^[A-Za-z0-9.-]+$/ }),
  name: words,
  edition: words,
  source: words,
  licence: words,
  draft: flag,
  clauses: listOf(readClause, { max: 1024 }),
});

/**
 * Readers of the four files of a catalogue: strict, so that a mistyped member is refused and not lost.
 * @throws NarrowgateError `malformed_input`
 * @see docs/spec/assurance.md section 1
 */
export const readControls: Reader<Pick<Catalogue, "families" | "controls">> = shape<
  Pick<Catalogue, "families" | "controls">
>({ families: wordsByName, controls: listOf(readControl, { max: 1024 }) });

/** Reads `drills.json`. @throws NarrowgateError `malformed_input` */
export const readDrills: Reader<Pick<Catalogue, "loads" | "drills">> = shape<
  Pick<Catalogue, "loads" | "drills">
>({ loads: wordsByName, drills: listOf(readDrill, { max: 1024 }) });

/** Reads `questions.json`. @throws NarrowgateError `malformed_input` */
export const readQuestions: Reader<Pick<Catalogue, "questions">> = shape<Pick<Catalogue, "questions">>({
  questions: listOf(readQuestion, { max: 256 }),
});

/** Reads `frameworks.json`. @throws NarrowgateError `malformed_input` */
export const readFrameworks: Reader<Pick<Catalogue, "frameworks">> = shape<Pick<Catalogue, "frameworks">>({
  frameworks: listOf(readFramework, { max: 64 }),
});
