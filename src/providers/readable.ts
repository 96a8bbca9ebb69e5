import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';

import { unexpectedAnswer } from './parse-answer.ts';

/** A list that goes on for longer has no end: whatever is looked for was made moments ago, and is among the newest. */
const MOST_PAGES = 100;

/** A page as the `openai` client gives it. It reads whatever is no list as an empty one, so we look at the body itself. */
interface Page<Item> {
  getPaginatedItems(): Item[];
  hasNextPage(): boolean;
  getNextPage(): Promise<Page<Item>>;
}

const ListSchema = z.looseObject({ data: z.array(z.unknown()) });

/**
 * Everything in a list, page by page. It ends where the server gives a page again, and after {@link MOST_PAGES}.
 *
 * @param doing - as in "list the runs of the thread".
 * @throws ApplicationFailure `Provider.Unavailable`, retryable, for an answer that is a page of HTML or an error in place of a list;
 *   `Provider.UnexpectedAnswer` for an object of another kind.
 */
export async function* listed<Item>(doing: string, first: PromiseLike<Page<Item>>): AsyncGenerator<Item> {
  const ends = new Set<string>();
  let page = await first;
  for (let pages = 1; ; pages += 1) {
    const items = itemsOf(doing, page);
    const end = JSON.stringify(items.at(-1) ?? null);
    if (ends.has(end)) return;
    yield* items;
    if (pages >= MOST_PAGES || !page.hasNextPage()) return;
    ends.add(end);
    page = await page.getNextPage();
  }
}

/** What stands on one page, for lists of which more is not wanted; it throws as {@link listed} does. */
export function itemsOf<Item>(doing: string, page: Page<Item>): Item[] {
  const { body } = page as unknown as { body: unknown };
  requireReadable(doing, body);
  if (!ListSchema.safeParse(body).success) {
    if ((kindOf(body) ?? 'list') === 'list') throw unreadable(doing, 'is no list');
    throw unexpectedAnswer('object', 'expected "list"', {
      what: 'a list',
      speaks: 'the protocol of the worker',
    });
  }
  return page.getPaginatedItems();
}

/**
 * Refuses what stands in place of an answer: a page of a proxy, or an error with the status 200. Reading is tried again.
 *
 * @throws ApplicationFailure `Provider.Unavailable`, retryable.
 */
export function requireReadable(doing: string, body: unknown): void {
  if (typeof body !== 'object' || body === null) throw unreadable(doing, 'is not a JSON object');
  if ('error' in body && body.error != null && kindOf(body) === undefined)
    throw unreadable(doing, 'is an error');
}

/** What an object of the provider says it is. */
function kindOf(body: unknown): string | undefined {
  const { object } = Object(body) as { object?: unknown };
  return typeof object === 'string' ? object : undefined;
}

const UNREADABLE = 'unreadable';

/** Whether the provider did answer, with a status that says all is well, and with nothing that can be read. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.details?.[0] === UNREADABLE;
}

function unreadable(doing: string, fault: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Provider.Unavailable',
    details: [UNREADABLE],
    message: `The provider did not ${doing}: its answer, of status 200, ${fault}. It is retried; if this continues, check OPENAI_BASE_URL and the proxy in front of it.`,
  });
}
