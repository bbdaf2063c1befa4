// What a reader of evaluations needs, without the controls themselves: the console shows them and computes none.

export { type Catalogue, type CatalogueControl, catalogue } from "./catalogue/catalogue.ts";
export { cite } from "./catalogue/lint-clauses.ts";
export type { CatalogueDrill, ClauseRef, ReviewerQuestion } from "./catalogue/rows.ts";
export { ageResults } from "./fold/age-results.ts";
