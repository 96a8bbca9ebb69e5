import { z } from 'zod';

/** A setting that is missing or malformed: the message has its name, what was found (never a secret) and the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's own environment: the one place where it is read. */
export const environment: Environment = process.env;

/** What the reference and the help texts say of a variable, beside its values. */
export interface About {
  /** The processes and commands that read it. */
  by: readonly string[];
  does: string;
  /** What holds when it is not set and its shape has no default. */
  unset?: string;
}

/** Variables by name: the shape of each, what a person has to set it to when its value does not fit, and what it is for. */
type Variables = Record<string, readonly [schema: z.ZodType, meaning: string, about: About]>;

const tables: Variables[] = [];

/** Every variable of the tables that were loaded: what readers, errors, help and the reference know of it is this. */
export function allVariables(): {
  name: string;
  meaning: string;
  fallback: unknown;
  about: About;
}[] {
  return tables.flatMap((table) =>
    Object.entries(table).map(([name, [schema, meaning, about]]) => {
      return { name, meaning, fallback: schema.safeParse(undefined).data, about };
    }),
  );
}

/**
 * Sets variables that are not set, for this process and those it starts. An empty one counts as not set.
 *
 * @returns the names of those that were set
 */
export function setDefaults(values: Readonly<Record<string, string>>): string[] {
  const missing = Object.entries(values).filter(([name]) => !process.env[name]);
  for (const [name, value] of missing) process.env[name] = value;
  return missing.map(([name]) => name);
}

/** Reads variables of one table, and of no other: whoever searches for a variable finds its one reader. */
export interface Reader<Table extends Variables> {
  /**
   * One variable, parsed. An empty value counts as not set.
   *
   * @throws ConfigError for a value that does not fit.
   */
  <Name extends keyof Table & string>(from: Environment, name: Name): z.output<Table[Name][0]>;
  /** The same of a variable that something else calls for. */
  required<Name extends keyof Table & string>(
    from: Environment,
    name: Name,
    because: string,
  ): NonNullable<z.output<Table[Name][0]>>;
  /** @throws ConfigError when one of two is set that are of use together only. */
  requireBoth(from: Environment, one: keyof Table & string, other: keyof Table & string): void;
}

export function createReader<const Table extends Variables>(variables: Table): Reader<Table> {
  tables.push(variables);
  const read = <Name extends keyof Table & string>(
    from: Environment,
    name: Name,
  ): z.output<Table[Name][0]> => {
    const { schema, meaning } = variable(name);
    const found = from[name] === '' ? undefined : from[name];
    const parsed = schema.safeParse(found);
    if (parsed.success) return parsed.data as z.output<Table[Name][0]>;
    const shown = /KEY$|SECRET$|TOKEN$|DATABASE_URL$|SMTP_URL$|TEAMS_WEBHOOKS$/.test(name)
      ? 'a value'
      : `"${found ?? ''}"`;
    throw new ConfigError(`${name} is ${shown}, which is not valid. Set it to ${meaning}.`);
  };

  function variable(name: keyof Table & string): { schema: z.ZodType; meaning: string } {
    const [schema, meaning] = variables[name] ?? [z.undefined(), ''];
    return { schema, meaning };
  }

  return Object.assign(read, {
    required<Name extends keyof Table & string>(from: Environment, name: Name, because: string) {
      const value = read(from, name);
      if (value !== undefined && value !== null) return value;
      throw new ConfigError(`${name} is not set, but ${because}. Set it to ${variable(name).meaning}.`);
    },
    requireBoth(from: Environment, one: keyof Table & string, other: keyof Table & string) {
      const missing = [one, other].filter((name) => read(from, name) === undefined);
      if (missing.length !== 1) return;
      throw new ConfigError(`${missing[0] ?? ''} is not set. Set both of ${one} and ${other}, or none.`);
    },
  });
}

export const nonEmpty = z.string().min(1);

export const port = (fallback: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .refine((value) => value <= 65_535)
    .default(fallback);

/** The base URL of something: nothing in it but scheme, host, port and path. */
export const webUrl = z.url({ protocol: /^https?$/ }).refine((text) => {
  const { username, password, search, hash } = new URL(text);
  return username + password + search + hash === '';
});
