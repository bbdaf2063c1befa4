/** Digest of the code that evaluates (C-6). Written by `npm run docs`; a test holds it to the sources. */
export const EVALUATOR_DIGEST: string = "wEVTWJ1EqWgimF8hddAs_R-2tBWApOG1GN7u5X0vu2A";
