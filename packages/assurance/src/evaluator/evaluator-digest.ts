/** Digest of the code that evaluates (C-6). Written by `npm run docs`; a test holds it to the sources. */
export const EVALUATOR_DIGEST: string = "StdICoDW1Bzmp6BfyCwPk6IjOw7h9QWlGfHmYyg4vZA";
