/** Digest of the code that evaluates. Written by `npm run docs`; a test holds it to the sources. */
export const EVALUATOR_DIGEST: string = "-uoQuHQZRGWMtFzmqWTAbS_k7nfHlXf3pWvsVYW5rzg";
