const maxChars = 160;

/**
 * Text out of a bundle, fit to be shown: one line, bounded, nothing that moves a cursor or turns the direction of text.
 * Trust: `value` is attacker-controlled.
 */
export function cleanText(value: string): string {
  const visible = value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "?");
  return visible.length > maxChars ? `${visible.slice(0, maxChars)}...` : visible;
}
