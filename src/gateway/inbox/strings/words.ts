import { AsyncLocalStorage } from 'node:async_hooks';

import type { Words } from './en.ts';
import { FALLBACK, LANGUAGES, type Language } from './languages.ts';

/** Of whoever asked for the page that is made now. */
const current = new AsyncLocalStorage<Language>();

/** Whatever this makes is made in the language. */
export function speak<T>(language: Language, make: () => T): T {
  return current.run(language, make);
}

export function language(): Language {
  return current.getStore() ?? FALLBACK;
}

/** Our words in the reader's language; outside a request of the inbox, in English. */
export function words(): Words {
  return LANGUAGES[language()];
}
