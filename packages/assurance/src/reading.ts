// What a reader of evaluations needs, without the controls themselves: the console shows them and computes none.

export { type Catalogue, type CatalogueControl, catalogue } from "./catalogue/catalogue.ts";
export type { CatalogueDrill, ClauseRef } from "./catalogue/rows.ts";
export { ageResults } from "./fold/age-results.ts";
export { type Answer, answerQuestions } from "./report/answers.ts";
export { type Grade, type GradedClause, type GradedFramework, gradeClauses } from "./report/clause-grades.ts";
export { type Assumptions, economicsOf, type Figure, readAssumptions } from "./report/economics.ts";
export { MATURITY, maturityOf, meanLevel } from "./report/maturity.ts";
export { type Usage, usageOf } from "./report/usage.ts";
