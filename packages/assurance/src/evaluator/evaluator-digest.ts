/** Digest of the code that evaluates (C-6). Written by `npm run docs`; a test holds it to the sources. */
export const EVALUATOR_DIGEST: string = "E1McfqDcV4cpcqy_IySKojZDFllOxM9-EU2msRLPq9k";
