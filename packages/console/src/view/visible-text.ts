const maxChars = 8000;

/**
 * Text out of a bundle, fit to be shown: bounded, and nothing in it can hide or turn the direction of other text.
 * Trust: `value` is attacker-controlled. Line breaks and tabs stay.
 */
export function visibleText(value: string): string {
  const visible = value.replace(/[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/gu, "\u{fffd}");
  return visible.length > maxChars
    ? `${visible.slice(0, maxChars)} … (${visible.length} characters)`
    : visible;
}
