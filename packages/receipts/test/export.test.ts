import { createHash } from 'node:crypto';

import { beforeAll, expect, test } from 'vitest';

import {
  canonical,
  contentDigest,
  entryLeaf,
  signCheckpoint,
  toDigest,
  verifyExport,
  type Entry,
  type ExportSource,
  type Report,
  type VerifyOptions,
} from '@countersign/receipts';

import {
  at,
  checkpointOf,
  entriesOf,
  exported,
  key,
  keys,
  linesOf,
  otherKey,
  refunds,
  sourceOf,
  TENANT,
} from './support/record.ts';

/** In pieces that fall anywhere, as a file's do. */
function* pieces(bytes: Uint8Array, size = 65_536): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

function verify(lines: string[] | Uint8Array, options: VerifyOptions = { keys }): Promise<Report> {
  return verifyExport(Array.isArray(lines) ? lines : pieces(lines), options);
}

function bytesOf(lines: string[]): Buffer {
  return Buffer.from(lines.join(''));
}

const thousand = refunds(1_000);
let lines: string[];
let small: string[];
beforeAll(async () => {
  lines = await exported(thousand);
  small = await exported(refunds(5));
});

/** Of the line of an entry, from 0. */
const indexOf = (sequence: number): number =>
  lines.findIndex((line) => line.includes(`"sequence":${sequence},`));
const isOf = (type: string) => (line: string) => line.includes(`"type":"${type}"`);
/** The same with one line changed, left out, or put elsewhere. */
const withLine = (index: number, change: (line: string) => string): string[] =>
  lines.map((line, other) => (other === index ? change(line) : line));
const without = (of: string[], index: number): string[] => of.toSpliced(index, 1);
const inserted = (of: string[], index: number, line: string): string[] => of.toSpliced(index, 0, line);
const swapped = (of: string[], one: number, other: number): string[] =>
  of.with(one, of[other]!).with(other, of[one]!);

test.each([
  ['all of it', { from: 0, to: 1_000 }],
  ['its middle', { from: 257, to: 770 }],
  ['a part of a block', { from: 3, to: 9 }],
  ['less than its tree has', { from: 0, to: 700, size: 900 }],
  ['nothing of it', { from: 512, to: 512 }],
  ['an empty tree', { from: 0, to: 0, size: 0 }],
])('an export of %s verifies with trusted keys', async (_, range) => {
  const report = await verify(bytesOf(await exported({ ...thousand, ...range })));
  expect(report).toMatchObject({ intact: true, trust: 'trusted-keys', tenant: TENANT, problems: [] });
  expect(report).toMatchObject({ from: range.from, provenTo: range.to, entries: range.to - range.from });
});

test('an export is read alike in one piece, in pieces of a byte, and by lines', async () => {
  const whole = await verifyExport([bytesOf(small)], { keys });
  expect(await verifyExport(pieces(bytesOf(small), 1), { keys })).toEqual(whole);
  expect(await verifyExport(small, { keys })).toEqual(whole);
});

test('every change of a single bit of a small export is detected', async () => {
  const note = 'Seen.';
  const entries = entriesOf([{ kind: 'requested', contents: { note: contentDigest(note) } }]);
  const bytes = bytesOf(await exported({ entries, contents: new Map([[contentDigest(note), note]]) }));
  const missed: number[] = [];
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    if ((await verifyExport([bytes], { keys })).intact) missed.push(bit);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
  }
  expect(missed).toEqual([]);
  expect((await verify(bytes)).intact).toBe(true);
}, 180_000);

test('a changed bit is named in whichever line of an export of 1,000 entries it is', async () => {
  const NEWLINE = 0x0a;
  const unnamed: string[] = [];
  // A line has its own problem, so several can be changed at once; those that prove others one by one.
  const single = [...lines.keys()].filter(
    (index) => !isOf('entry')(lines[index]!) && !isOf('content')(lines[index]!),
  );
  const many = [...lines.keys()].filter((index) => !single.includes(index));
  const groups = [
    ...single.map((index) => [index]),
    ...Array.from({ length: 40 }, (_, group) => many.filter((_index, at) => at % 40 === group)),
  ];
  for (const round of [1, 2]) {
    for (const group of groups) {
      const changed = lines.map((line) => Buffer.from(line));
      for (const index of group) {
        const bytes = changed[index]!;
        const place = (index * 7_919 + round * 104_729) % (bytes.length - 1);
        const bit = 1 << ((index + round) % 7);
        bytes[place]! ^= (bytes[place]! ^ bit) === NEWLINE ? 0x80 : bit;
      }
      const { problems, intact } = await verify(Buffer.concat(changed));
      const named = new Set(problems.map(({ line }) => line));
      // The keys in the header are nobody's word: only the end's digest covers them.
      if (group[0] === 0 && !intact) continue;
      unnamed.push(
        ...group.filter((index) => intact || !named.has(index + 1)).map((index) => `line ${index + 1}`),
      );
    }
  }
  expect(unnamed).toEqual([]);
}, 180_000);

test('every line of a small export that is left out, doubled or exchanged is detected, and every cut', async () => {
  const missed: string[] = [];
  const look = async (what: string, changed: string[] | Uint8Array) => {
    if ((await verify(changed)).intact) missed.push(what);
  };
  for (const index of small.keys()) {
    await look(`without ${index}`, without(small, index));
    for (const other of small.keys()) {
      await look(`${index} doubled at ${other}`, inserted(small, other, small[index]!));
      if (other > index) await look(`${index} and ${other} exchanged`, swapped(small, index, other));
    }
    await look(`${index} doubled at the end`, [...small, small[index]!]);
  }
  const bytes = bytesOf(await exported(refunds(2)));
  for (let length = 0; length < bytes.length; length += 1)
    await look(`cut at ${length}`, bytes.subarray(0, length));
  expect(missed).toEqual([]);
}, 180_000);

test('so it is in an export of 1,000 entries, from its begin to its end', async () => {
  const missed: string[] = [];
  for (let index = 0; index < lines.length; index += 131) {
    const next = (index + 1) % lines.length;
    const changes = [
      without(lines, index),
      inserted(lines, next, lines[index]!),
      swapped(lines, index, next),
      lines.slice(0, index),
    ];
    for (const [kind, changed] of changes.entries())
      if ((await verify(changed)).intact)
        missed.push(`${['left out', 'doubled', 'exchanged', 'cut'][kind]!} at ${index}`);
  }
  expect(missed).toEqual([]);
}, 180_000);

/** An entry that says what it did not, in canonical form. */
const forged = (line: string): string => line.replace('"grace"', '"mallory"');

/** What is changed; the first bad line (from 0) or what the problem says; the entry it names; up to where the entries are proven. */
const DAMAGES: [
  string,
  () => string[] | Promise<string[]>,
  () => number,
  RegExp,
  number | undefined,
  number,
][] = [
  [
    'an entry is changed',
    () => withLine(indexOf(301), forged),
    () => indexOf(301),
    /not the one that is in the tree/,
    301,
    301,
  ],
  [
    'an entry cannot be read',
    () => withLine(indexOf(302), (line) => line.replace('{', '[')),
    () => indexOf(302),
    /must be JSON/,
    undefined,
    302,
  ],
  [
    'an entry has a space more',
    () => withLine(indexOf(303), (line) => line.replace(':', ': ')),
    () => indexOf(303),
    /canonical JSON/,
    undefined,
    303,
  ],
  [
    'an entry is left out',
    () => without(lines, indexOf(308)),
    () => indexOf(308),
    /has entry 309, and 308 belongs here/,
    308,
    308,
  ],
  [
    'an entry is doubled',
    () => inserted(lines, indexOf(306), lines[indexOf(305)]!),
    () => indexOf(306),
    /has entry 305, and 306 belongs here/,
    306,
    1_000,
  ],
  [
    'an entry and the leaf listed for it are changed',
    () => {
      const line = forged(lines[indexOf(301)]!);
      const { entry } = JSON.parse(line) as { entry: Entry };
      const leaf = toDigest(entryLeaf(thousand.entries[301]!));
      return withLine(indexOf(301), forged).map((other) => other.replace(leaf, toDigest(entryLeaf(entry))));
    },
    () => lines.findIndex((line) => line.includes('"to":512,')),
    /does not lead to the checkpoint's root: the entries 256 to 511/,
    256,
    256,
  ],
  [
    'a proof is left out',
    () => lines.filter((line) => !line.includes('"to":512,')),
    () => lines.findIndex((line) => line.includes('"to":768,')) - 1,
    /256 leaves, and 256 is the first/,
    256,
    256,
  ],
  [
    'the file is cut',
    () => lines.slice(0, indexOf(600)),
    () => indexOf(600),
    /The end line is missing/,
    undefined,
    512,
  ],
  [
    'a content is changed',
    () => withLine(indexOf(300) + 1, (line) => line.replace('4200', '4201')),
    () => indexOf(300) + 1,
    /not the one of its digest/,
    300,
    1_000,
  ],
  [
    'a content stands twice',
    () => inserted(lines, indexOf(300) + 2, lines[indexOf(300) + 1]!),
    () => indexOf(300) + 2,
    /does not name, or twice/,
    undefined,
    1_000,
  ],
  [
    'a content is left out',
    () => without(lines, indexOf(300) + 1),
    () => lines.length - 2,
    /1606 lines before it, and there are 1605/,
    undefined,
    1_000,
  ],
  [
    'a content is left out, and the end rewritten around its signature',
    () => {
      const kept = without(lines, indexOf(300) + 1).slice(0, -1);
      const digest = toDigest(createHash('sha256').update(bytesOf(kept)).digest());
      const end = JSON.parse(lines.at(-1)!) as object;
      return [...kept, `${canonical({ ...end, lines: kept.length, digest })}\n`];
    },
    () => lines.length - 2,
    /has a signature of another export/,
    undefined,
    1_000,
  ],
  [
    "its checkpoint is another tenant's",
    async () => {
      const checkpoint = { ...checkpointOf(thousand.entries.map(entryLeaf)), tenant: 'globex' };
      return linesOf({ ...(await sourceOf(thousand)), checkpoint: await signCheckpoint(checkpoint, key) });
    },
    () => 1,
    /checkpoint of another tenant/,
    undefined,
    0,
  ],
  [
    'the end is not signed',
    () => [...lines.slice(0, -1), lines.at(-1)!.replace(/"signature":"[^"]*",/, '')],
    () => lines.length - 1,
    /contents may have been left out/,
    undefined,
    1_000,
  ],
  [
    'it is not signed at all',
    () => exported({ ...thousand, isSigned: false }),
    () => 1,
    /not signed/,
    undefined,
    0,
  ],
  [
    'it is signed by another key',
    async () => {
      const source = await sourceOf(thousand);
      const checkpoint = await signCheckpoint(checkpointOf(thousand.entries.map(entryLeaf)), otherKey);
      return linesOf({ ...source, checkpoint, key: otherKey, jwks: { keys: [otherKey.publicJwk] } });
    },
    () => 1,
    /not trusted here/,
    undefined,
    0,
  ],
];

test.each(DAMAGES)(
  '%s: the first bad line is named, and what is proven up to there',
  async (_, change, index, problem, sequence, provenTo) => {
    const report = await verify(await change());
    expect(report.problems[0]).toEqual({
      line: index() + 1,
      ...(sequence !== undefined && { sequence }),
      problem: expect.stringMatching(problem) as unknown,
    });
    expect(report).toMatchObject({ ok: false, intact: false, provenTo });
  },
);

test('without trusted keys an export says whose word it rests on', async () => {
  expect(await verify(small, {})).toMatchObject({ intact: true, trust: 'own-keys', provenTo: 5 });
  const unsigned = await exported({ ...refunds(5), isSigned: false });
  expect(await verify(unsigned, {})).toMatchObject({ intact: true, trust: 'unsigned', provenTo: 5 });
  const source = await sourceOf(refunds(5));
  const without = await linesOf({ ...source, jwks: undefined });
  expect(await verify(without, {})).toMatchObject({ intact: false, provenTo: 0 });
});

/** Those who hold the key and the database can sign a record that lost entries. A checkpoint that was kept elsewhere shows it. */
const HELD: [string, () => Promise<string[]>, Partial<ReturnType<typeof checkpointOf>>, RegExp | null][] = [
  ['the record has grown from it', () => exported(thousand), {}, null],
  ['it is of the same size', () => exported({ ...thousand, size: 400, to: 400 }), {}, null],
  [
    'an entry before it was changed',
    () => exported({ entries: thousand.entries.with(10, { ...thousand.entries[10]!, requester: 'eve' }) }),
    {},
    /another root/,
  ],
  [
    'the record lost its last entries',
    () => exported({ ...thousand, size: 399, to: 399 }),
    { time: at(0) },
    /entries were taken away/,
  ],
  [
    'the export is older',
    () => exported({ ...thousand, size: 399, to: 399 }),
    { time: at(2_000_000) },
    /Export again/,
  ],
  [
    'the export does not reach it',
    () => exported({ ...thousand, to: 300 }),
    {},
    /export all entries from 0 on/,
  ],
  [
    'it is of another tenant',
    () => exported(thousand),
    { tenant: 'globex' },
    /None of the 1 .* is of this tenant/,
  ],
];

test.each(HELD)('a checkpoint held elsewhere is compared: %s', async (_, make, change, problem) => {
  const held = { ...checkpointOf(thousand.entries.map(entryLeaf), 400), ...change };
  const report = await verify(await make(), { keys, checkpoints: [await signCheckpoint(held, key)] });
  const expected =
    problem === null ? [] : [expect.objectContaining({ problem: expect.stringMatching(problem) as unknown })];
  expect(report.problems).toEqual(expected);
});

test.each<[string, Partial<ExportSource>, string]>([
  ['an entry is missing', { entries: thousand.entries.toSpliced(3, 1) }, 'another one stands at 3'],
  ['the last is missing', { entries: thousand.entries.slice(0, -1) }, 'they end at 999'],
  ['one is of another tenant', { tenant: 'globex' }, 'another one stands at 0'],
  ['more are asked for than the tree has', { to: 1_001 }, "within the checkpoint's 1000"],
])('an export that nobody could verify is not written: %s', async (_, change, message) => {
  const source = { ...(await sourceOf(thousand)), ...change };
  await expect(linesOf(source)).rejects.toThrow(message);
});

test('what is no export is said to be none', async () => {
  const first = async (text: string) => (await verify([text])).problems[0]?.problem;
  expect(await first('')).toBe('The file is empty.');
  expect(await first('hello\n')).toMatch(/must be JSON/);
  expect(await first(`${canonical({ type: 'entry' })}\n`)).toMatch(/entry.entry is missing/);
  expect(await first('x'.repeat(17 * 1024 * 1024))).toMatch(/this is no export/);
});
