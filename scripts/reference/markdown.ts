/** Pieces of Markdown that the generated pages are made of. */

/** What each generated page begins with: its title, where it comes from, and what it is for. */
export function page(title: string, source: string, ...parts: string[]): string {
  const note = `<!-- Written by "npm run docs:reference" from ${source}. Change it there. -->`;
  return `${[note, `# ${title}`, ...parts].filter((part) => part !== '').join('\n\n')}\n`;
}

export function table(columns: string[], rows: string[][]): string {
  if (rows.length === 0) return '';
  const line = (cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  // One that holds a backtick needs two around it.
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

export function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** A description as a sentence: with a capital, and a full stop. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const first = /^[a-z]+\b(?![(_.:])/.test(trimmed)
    ? (trimmed[0] ?? '').toUpperCase() + trimmed.slice(1)
    : trimmed;
  return /[.!?:]$/.test(first) ? first : `${first}.`;
}

/** Text that people wrote for help texts and comments, as Markdown: what looks like HTML is none, an address is no link. */
export function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((piece) =>
      piece.startsWith('`')
        ? piece
        : piece.replaceAll('<', '&lt;').replaceAll(/https?:\/\/[^\s,)]*[^\s,.)]/g, '`$&`'),
    )
    .join('');
}

/** Long text in lines, as the pages written by hand have it. */
export function wrap(text: string, width = 120): string {
  const lines: string[] = [''];
  for (const word of text.trim().split(/\s+/)) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}

function cell(text: string): string {
  return text.replaceAll('\n', ' ').replaceAll('|', '\\|');
}
