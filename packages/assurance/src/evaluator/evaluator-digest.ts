/** Digest of the code that evaluates. Written by `npm run docs`; a test holds it to the sources. */
export const EVALUATOR_DIGEST: string = "2JDBok-DnWU-DyYvZVk7o9UxNFhnJEhqoWuK4z9jX4E";
