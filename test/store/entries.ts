import type { NewEntry } from '../../src/store/entry.ts';

export function entryOf(id: string, fields: Partial<NewEntry> = {}): NewEntry {
  return { id, kind: 'requested', time: '2026-01-31T12:00:00.000Z', ...fields };
}

export function entriesOf(name: string, count: number): NewEntry[] {
  return Array.from({ length: count }, (_, index) => entryOf(`${name}:${index}`));
}
