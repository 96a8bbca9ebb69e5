import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';

import { z } from 'zod';

import type { NewPerson } from '../../store/people/person.ts';
import { CommandError } from '../run-command.ts';
import { awayOf, AwaySchema, ChannelsSchema, quietOf, QuietSchema, ZoneSchema } from './settings-fields.ts';
import { parseCsv } from './csv.ts';

const text = (most: number) =>
  z.string().trim().min(1, 'must not be empty').max(most, `must have at most ${most} characters`);

const PersonSchema = z.strictObject({
  id: text(200),
  name: text(200).nullish(),
  mail: z.email('must be a mail address').max(200).nullish(),
  groups: z.array(text(200)).max(100, 'must name at most 100 groups').optional(),
  slack: z
    .string()
    .regex(/^[UW][A-Z0-9]{2,20}$/, 'must be a Slack member id, such as U012ABCDEF')
    .nullish(),
  identities: z
    .array(z.strictObject({ issuer: z.url('must be the issuer’s URL'), subject: text(255) }))
    .max(20, 'must name at most 20 accounts')
    .optional(),
  zone: ZoneSchema.nullish(),
  quiet: QuietSchema.nullish(),
  away: AwaySchema.nullish(),
  channels: ChannelsSchema.nullish(),
});
const ListSchema = z.union([z.array(z.unknown()), z.strictObject({ people: z.array(z.unknown()) })]);

const COLUMNS = Object.keys(PersonSchema.shape);

/**
 * People of a JSON or a CSV file.
 *
 * @throws CommandError naming the file, the person or line, the field and what is allowed.
 */
export async function readPeople(file: string): Promise<NewPerson[]> {
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandError(`${file} cannot be read: ${String(error)}.`);
  });
  switch (extname(file).toLowerCase()) {
    case '.json':
      return fromJson(file, content);
    case '.csv':
      return fromCsv(file, content);
    default:
      throw new CommandError(`${file} must end in .json or .csv, which says how it is read.`);
  }
}

function fromJson(file: string, content: string): NewPerson[] {
  let value: unknown;
  try {
    value = JSON.parse(content.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new CommandError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const list = ListSchema.safeParse(value);
  if (!list.success) throw new CommandError(`${file} must hold {"people": [{"id", …}]}, or the list alone.`);
  const people = Array.isArray(list.data) ? list.data : list.data.people;
  return people.map((person, index) => toPerson(person, `${file}: people.${index}`));
}

function fromCsv(file: string, content: string): NewPerson[] {
  return parseCsv(content).map(({ line, fields }) => {
    const { groups = '', identities = '', quiet = '', away = '', channels = '', ...rest } = fields;
    const unknown = Object.keys(fields).find((name) => !COLUMNS.includes(name));
    if (unknown !== undefined)
      throw new CommandError(`${file}: the column "${unknown}" must be one of ${COLUMNS.join(', ')}.`);
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value.trim() !== ''));
    const person = {
      ...{ ...given, groups: partsOf(groups), identities: partsOf(identities).map(toAccount) },
      ...(quiet.trim() !== '' && { quiet: quietOf(quiet) }),
      ...(away.trim() !== '' && { away: awayOf(away) }),
      ...(channels.trim() !== '' && { channels: partsOf(channels) }),
    };
    return toPerson(person, `${file}, line ${line}:`);
  });
}

function partsOf(list: string): string[] {
  return list
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** `https://login.example.com 8f3a`: the issuer, a space, the subject. */
function toAccount(words: string): { issuer: string; subject: string } {
  const [issuer = '', ...subject] = words.split(/\s+/);
  return { issuer, subject: subject.join(' ') };
}

function toPerson(value: unknown, where: string): NewPerson {
  const parsed = PersonSchema.safeParse(value);
  if (parsed.success) {
    const { slack, id, name = null, mail = null, groups = [], identities = [], ...told } = parsed.data;
    const { zone, quiet, away, channels } = told;
    return {
      ...{ id, name, mail, groups, identities, slackId: slack ?? null },
      ...(zone !== undefined && { zone }),
      ...(quiet !== undefined && { quiet }),
      ...(away !== undefined && { away }),
      ...(channels !== undefined && { channels }),
    };
  }
  const words = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim());
  throw new CommandError(`${where} ${words.join('; ')}. Nobody was imported.`);
}
