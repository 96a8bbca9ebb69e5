const MOST_WORDS = 500;
const LONGEST_WORD = 64;

/**
 * The words of a text as both databases compare them: letters and digits, in lower case, in one form of Unicode. Parted here, because
 * each database would part `order-4711` in a way of its own.
 */
export function wordsOf(text: string): string[] {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => word.slice(0, LONGEST_WORD).toWellFormed()))].slice(0, MOST_WORDS);
}
