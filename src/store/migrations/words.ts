/** The types and names that the two databases differ in. */
export interface Words {
  kind: 'sqlite' | 'postgres';
  /** Before a table's name. */
  in: string;
  /** Ids and whatever is compared: by bytes, whatever the locale. */
  key: string;
  integer: string;
  bytes: string;
  /** After a table's columns. */
  end: string;
}

export const WORDS: Readonly<Record<Words['kind'], Words>> = {
  sqlite: { kind: 'sqlite', in: '', key: 'text', integer: 'integer', bytes: 'blob', end: 'strict' },
  postgres: {
    kind: 'postgres',
    in: 'countersign.',
    key: 'text collate "C"',
    integer: 'bigint',
    bytes: 'bytea',
    end: '',
  },
};
