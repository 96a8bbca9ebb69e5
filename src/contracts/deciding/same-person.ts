/**
 * Who a person is, for rules that want different people: one who is written in two ways must not vote twice, nor sign off their own
 * action. Case, width, invisible characters and blanks around make no other person, and neither does having answered at the Handover.
 * Kept ids stay as they were given.
 */
export function personOf({ id }: { id: string }): string {
  return id
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .trim()
    .toLowerCase()
    .replace(/^handover:/, '')
    .trim();
}

/** Whoever answered at a Handover that names nobody. */
export const NOBODY_NAMED = 'handover:unknown';

/** @param known - an id; undefined is nobody. */
export function isSamePerson(one: { id: string }, known: string | undefined): boolean {
  return known !== undefined && personOf(one) === personOf({ id: known });
}
