/** Slack's limits, in characters unless they say otherwise (https://docs.slack.dev/reference/block-kit/blocks). */
export const LIMITS = {
  ...{ blocks: 50, text: 3_000, title: 24, buttonValue: 2_000, metadata: 3_000 },
  /** Its reference names no limit of rich texts: that of any text holds for each, and this for a message. */
  rich: 9_000,
} as const;

const CONTROL: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Slack reads these three characters as the begin of a mention, a link or an escape, in every text that is not a rich one. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>]/g, (character) => CONTROL[character] ?? character);
}

/** A text that is shown as it is, escaped, and cut where Slack takes no more. */
export function plain(text: string, most: number = LIMITS.text) {
  return { type: 'plain_text' as const, text: cutEscaped(text, most), emoji: false };
}

/** Never cut within an escape, or between two halves of a character. */
function cutEscaped(text: string, most: number): string {
  const whole = escaped(text);
  if (whole.length <= most) return whole;
  let kept = '';
  for (const character of text) {
    const next = escaped(character);
    if (kept.length + next.length > most - 1) break;
    kept += next;
  }
  return `${kept}…`;
}
