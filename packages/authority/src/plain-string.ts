// Control characters, backslash, and format characters that show as nothing or turn text round.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const hiddenCharacter = /[\u0000-\u001f\u007f\\\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/;

// What a second decoder would turn into a dot, a slash, a backslash, NUL, or the start of another escape.
const encodedCharacter = /%(?:00|25|2e|2f|5c)/i;

const dotSegment = /(?:^|\/)\.\.?(?:\/|$)/;

// `file://` and `file:///` are how URIs begin; any other empty segment is another name for the same thing.
const schemeSlashes = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/\/?/;

/**
 * Tells whether a string means to everybody what it says, so that "begins with" can be trusted on it.
 * Trust: `text` is attacker-controlled; linear in its length.
 * @see docs/spec/authority.md A-7
 */
export function isPlain(text: string): boolean {
  if (hiddenCharacter.test(text) || !text.isWellFormed()) return false;
  if (text.includes("%") && encodedCharacter.test(text)) return false;
  if (text.includes(".") && dotSegment.test(text)) return false;
  if (!text.includes("//")) return true;
  const scheme = schemeSlashes.exec(text);
  // The last slash of the scheme part still counts as the left one of a pair.
  return scheme !== null && !text.slice(scheme[0].length - 1).includes("//");
}
