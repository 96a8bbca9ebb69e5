import { de } from './de.ts';
import { en, type Words } from './en.ts';

/** Another language is one more file beside these, and one more line here. */
export const LANGUAGES = { en, de } as const satisfies Record<string, Words>;

export type Language = keyof typeof LANGUAGES;
export const FALLBACK: Language = 'en';

export function isLanguage(tag: string | undefined): tag is Language {
  return tag !== undefined && Object.hasOwn(LANGUAGES, tag);
}
