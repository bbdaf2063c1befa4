/** Digest of the code that evaluates (C-6). Written by `npm run docs`; a test holds it to the sources. */
export const EVALUATOR_DIGEST: string = "k8lMNr18NhCy5yBH3T1lQkc-pyKC5gKGDZvsDaQV04A";
