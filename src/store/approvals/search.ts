import { sql, type Expression, type SqlBool } from 'kysely';

import type { Database } from '../database.ts';

/** With more matches than this, reading a list in its order finds a page sooner than sorting the matches. */
const RARE = 5_000;

/** How to find what has the beginnings of all words. */
export interface Search {
  matches: Expression<SqlBool>;
  /** Matches are few and known: they are read and sorted, whatever list they are for. */
  isRare: boolean;
}

/** Words are letters and digits only (words.ts), so they need no quoting within quotes. */
export async function searchFor({ db, kind }: Database, words: readonly string[]): Promise<Search> {
  if (kind === 'postgres') {
    // Its planner knows which words are rare.
    const query = words.map((word) => `'${word}':*`).join(' & ');
    const vector = sql`array_to_tsvector(string_to_array(trim(words), ' '))`;
    return { matches: sql`${vector} @@ ${query}::tsquery`, isRare: false };
  }
  // SQLite has no statistics of words. It finds whole words as it goes, but collects beginnings first: so it is asked for these last.
  const whole = await numbersOf(
    db,
    words.map((word) => `"${word}"`),
  );
  const found =
    whole.length < RARE
      ? await numbersOf(
          db,
          words.map((word) => `"${word}"*`),
        )
      : whole;
  if (found.length < RARE) {
    return { matches: sql`number in (select value from json_each(${JSON.stringify(found)}))`, isRare: true };
  }
  return {
    matches: sql.join(
      words.map((word) => sql`instr(words, ${` ${word}`}) > 0`),
      sql` and `,
    ),
    isRare: false,
  };
}

async function numbersOf(db: Database['db'], terms: readonly string[]): Promise<number[]> {
  const { rows } = await sql<{ rowid: number }>`
    select rowid from approval_words where approval_words match ${terms.join(' ')} limit ${RARE}
  `.execute(db);
  return rows.map(({ rowid }) => rowid);
}
