/** Where a store is: a file, or a PostgreSQL database. */
export type Place =
  | { kind: 'sqlite'; path: string }
  /** `name` is the address without user and password, for messages. */
  | { kind: 'postgres'; url: string; name: string };

export const URL_RULE =
  '"sqlite:" and the path of a file, such as "sqlite:.countersign/store.sqlite", or the URL of a PostgreSQL database, such as "postgres://countersign:password@db.example.com:5432/countersign"';

/** @returns undefined for what is none of the two. */
export function parseDatabaseUrl(text: string): Place | undefined {
  const [, path] = /^sqlite:(?!\/\/)(.+)$/s.exec(text) ?? [];
  if (path !== undefined) return { kind: 'sqlite', path };
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  const { hostname, port, pathname } = new URL(text);
  // Without a database pg would take one named after the user of this process.
  if (hostname === '' || !/^\/[^/]+$/.test(pathname)) return undefined;
  return { kind: 'postgres', url: text, name: `postgres://${hostname}:${port || '5432'}${pathname}` };
}
