import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { isWithin, pinnedDigest } from '../../../src/contracts/approval/narrower.ts';
import type { ToolArguments } from '../../../src/contracts/tool-call.ts';

/** A grant may only narrow: nothing passes that is not the same call, or the same with lower numbers where they were named. */

const NARROWER = ['amountCents', 'count'];
const approved: ToolArguments = {
  ...{ orderId: 'A-1', amountCents: 4_200, count: 3, rate: 0.5 },
  lines: [{ sku: 'lamp', cents: 4_200 }],
};
const covers = (was: ToolArguments, is: ToolArguments, names = NARROWER): boolean => {
  try {
    const digest = (args: ToolArguments) =>
      pinnedDigest({ tool: 't', arguments: args, tenant: 'acme' }, names);
    return digest(was) === digest(is) && isWithin(was, is, names);
  } catch {
    return false; // what is no JSON has no digest, and never comes so far
  }
};

describe('passes', () => {
  test.each<[string, ToolArguments]>([
    ['the same', {}],
    ['one lower number', { amountCents: 1 }],
    ['both lower', { amountCents: 0, count: 2 }],
    ['a fraction, where the schema lets it', { amountCents: 0.5 }],
  ])('%s', (_, change) => {
    expect(covers(approved, { ...approved, ...change })).toBe(true);
  });

  test('the same negative number, but no lower one', () => {
    expect(covers({ ...approved, count: -2 }, { ...approved, count: -2 })).toBe(true);
    expect(covers({ ...approved, count: -2 }, { ...approved, count: -3 })).toBe(false);
  });

  test('an argument that was not there, and is not now', () => {
    const { count: _count, ...without } = approved;
    expect(covers(without, without)).toBe(true);
  });
});

describe('does not pass', () => {
  test.each<[string, ToolArguments]>([
    ['more by one', { amountCents: 4_201 }],
    ['more by the smallest fraction', { amountCents: 4_200.000_000_001 }],
    ['less than nothing', { amountCents: -1 }],
    ['minus nought', { amountCents: -0 }],
    ['no number', { amountCents: NaN }],
    ['without an end', { amountCents: -Infinity }],
    ['a number as text', { amountCents: '42' }],
    ['a bigint as text', { amountCents: '42n' }],
    ['a list of it', { amountCents: [42] }],
    ['an object that turns into it', { amountCents: { valueOf: 42 } }],
    ['yes', { amountCents: true }],
    ['nothing', { amountCents: null }],
    ['undefined', { amountCents: undefined }],
    ['less of what was not named', { rate: 0.4 }],
    ['less within a list', { lines: [{ sku: 'lamp', cents: 1 }] }],
    ['a field more', { extra: 1 }],
    ['another text', { orderId: 'A-2' }],
  ])('%s', (_, change) => {
    expect(covers(approved, { ...approved, ...change })).toBe(false);
  });

  test('a field less', () => {
    const { orderId: _orderId, ...pinnedLess } = approved;
    const { amountCents: _amount, ...numberLess } = approved;
    expect(covers(approved, pinnedLess)).toBe(false);
    expect(covers(approved, numberLess)).toBe(false);
    expect(covers(numberLess, approved)).toBe(false);
  });

  test('a number that only a prototype has', () => {
    const { amountCents: _amount, ...rest } = approved;
    expect(covers(approved, JSON.parse('{"__proto__":{"amountCents":1}}') as ToolArguments)).toBe(false);
    expect(covers(approved, Object.assign(Object.create({ amountCents: 1 }), rest) as ToolArguments)).toBe(
      false,
    );
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const own = JSON.parse(`{"${name}":5}`) as ToolArguments;
      expect(covers({}, own, [name])).toBe(false);
      expect(covers(own, JSON.parse(`{"${name}":6}`) as ToolArguments, [name])).toBe(false);
      expect(covers(own, JSON.parse(`{"${name}":4}`) as ToolArguments, [name])).toBe(true);
    }
  });

  test('the same for another tool, or another tenant', () => {
    const of = (tool: string, tenant: string) =>
      pinnedDigest({ tool, arguments: approved, tenant }, NARROWER);
    expect(new Set([of('t', 'acme'), of('u', 'acme'), of('t', 'umbrella')]).size).toBe(3);
  });
});

test('of 10,000 calls none passes that is not equal or narrower by the named numbers', () => {
  const odd = fc.oneof(
    fc.constantFrom<unknown>(
      NaN,
      Infinity,
      -Infinity,
      -0,
      0,
      -1,
      1,
      '1',
      '4200',
      '9007199254740993n',
      null,
      true,
      undefined,
      [],
      {},
    ),
    fc.double(),
    fc.integer(),
    fc.jsonValue(),
  );
  const name = fc.constantFrom(
    'amountCents',
    'count',
    'orderId',
    'rate',
    'lines',
    '__proto__',
    'constructor',
    'extra',
  );
  const change = fc.oneof(
    fc.record({ is: fc.constant('set' as const), name, value: odd }),
    fc.record({ is: fc.constant('remove' as const), name, value: fc.constant(undefined) }),
    fc.record({
      is: fc.constant('lower' as const),
      name: fc.constantFrom(...NARROWER),
      value: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  );
  const withOwn = (args: ToolArguments, key: string, value: unknown) => {
    Object.defineProperty(args, key, { value, enumerable: true, configurable: true, writable: true });
  };
  let passed = 0;
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('orderId', 'rate', 'lines', 'note'), fc.jsonValue()),
      fc.record({ amountCents: odd, count: fc.nat() }, { requiredKeys: [] }),
      fc.array(change, { maxLength: 3 }),
      (pinned, numbers, changes) => {
        const was: ToolArguments = { ...pinned, ...numbers };
        const is: ToolArguments = { ...was };
        for (const { is: kind, name: key, value } of changes) {
          if (kind === 'remove') Reflect.deleteProperty(is, key);
          else if (kind === 'set') withOwn(is, key, value);
          else if (typeof is[key] === 'number')
            withOwn(is, key, is[key] * (typeof value === 'number' ? value : 1));
        }
        if (!covers(was, is)) return;
        passed += 1;
        // An oracle of its own: field by field, by what JSON makes of it.
        const [before, now] = [was, is].map((args) => JSON.parse(JSON.stringify(args)) as ToolArguments);
        const keys = new Set([...Object.keys(before!), ...Object.keys(now!)]);
        for (const key of keys) {
          const [b, n] = [before![key], now![key]];
          expect(Object.hasOwn(before!, key)).toBe(Object.hasOwn(now!, key));
          if (!NARROWER.includes(key) || b === n) expect(n).toEqual(b);
          else {
            expect(typeof b === 'number' && typeof n === 'number' && n >= 0 && n < b).toBe(true);
            expect(is[key]).toBe(n);
          }
        }
      },
    ),
    { numRuns: 10_000 },
  );
  expect(passed).toBeGreaterThan(500);
});
