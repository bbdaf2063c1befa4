/**
 * Version of everything in this package that can change an answer: checking, slicing, projecting, and the rules that
 * turn Cedar's answer into a verdict. Raise it with any change to those; evidence names it through the procedure digest.
 */
export const DECISION_PROCEDURE_VERSION = "narrowgate-decision/2";
