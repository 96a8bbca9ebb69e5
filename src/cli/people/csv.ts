import { CommandError } from '../run-command.ts';

/**
 * Reads comma-separated values (RFC 4180) strictly: fields may be quoted and hold commas, line breaks and doubled quotes; a byte order mark
 * is skipped, and so are empty lines at the end.
 *
 * @returns records by the names of the first line, each with the line it begins at.
 * @throws CommandError naming the line.
 */
export function parseCsv(text: string): { line: number; fields: Record<string, string> }[] {
  const [header, ...records] = rowsOf(text.replace(/^\uFEFF/, ''));
  const names = header?.values.map((name) => name.trim()) ?? [];
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined)
    throw new CommandError(`Line 1 names the column "${twice}" twice. Keep one of them.`);
  return records.map(({ line, values }) => {
    if (values.length !== names.length) {
      const found = `${values.length} fields, and the first line names ${names.length}`;
      throw new CommandError(
        `Line ${line} has ${found}. Put fields that hold a comma between double quotes.`,
      );
    }
    return { line, fields: Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])) };
  });
}

function rowsOf(text: string): { line: number; values: string[] }[] {
  const rows: { line: number; values: string[] }[] = [];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|\n|\r|$)/y;
  let [line, values, begins]: [number, string[], number] = [1, [], 1];
  while (field.lastIndex < text.length || values.length > 0) {
    const found = field.exec(text);
    if (found === null) {
      throw new CommandError(
        `Line ${line} has a double quote that is not closed, or stands within a field. Write " as "" within a quoted field.`,
      );
    }
    const [whole, value = '', end = ''] = found;
    values.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === ',') continue;
    if (values.length > 1 || values[0] !== '') rows.push({ line: begins, values });
    [values, begins] = [[], line];
    if (end === '') break;
  }
  return rows;
}
