import { describe, expect, test } from 'vitest';

import type { AnyApproval } from '../../../src/contracts/approval/approval.ts';
import { planRung, type Planning } from '../../../src/notices/plan.ts';
import type { Person } from '../../../src/store/people/person.ts';
import { sampleApproval } from '../../gateway/support.ts';

const NOW = Date.parse('2026-06-10T10:00:00Z');
const LATER = '2026-06-20T00:00:00Z';

function person(id: string, more: Partial<Person> = {}): Person {
  return {
    ...{ id, name: null, mail: `${id}@acme.example`, slackId: null, groups: ['finance'], identities: [] },
    ...{ revokedAt: null, zone: null, quiet: null, away: null, channels: null },
    ...more,
  };
}
const away = (standIn: string | null, until = LATER): Partial<Person> => ({ away: { until, standIn } });

function plan(
  people: Person[],
  more: Partial<Planning> & { asks?: Partial<AnyApproval>; others?: Person[] } = {},
) {
  const { asks, others = [], ...rest } = more;
  const { proposals: _, ...approval } = sampleApproval({
    ...{ approvers: ['finance'], requestedAt: new Date(NOW).toISOString(), deadline: null },
    ...asks,
  });
  return planRung({
    ...{ rung: { rung: 0, kind: 'ask', notify: {} }, approval, people, nowMs: NOW },
    standIns: new Map([...people, ...others].map((one) => [one.id, one])),
    channels: [
      { name: 'mail', addressOf: ({ mail }) => mail },
      { name: 'slack', addressOf: ({ slackId }) => slackId },
    ],
    ...rest,
  });
}
const told = (planned: ReturnType<typeof plan>) =>
  planned.notices.map(
    ({ personId, ways }) => `${personId}: ${ways.map(({ channel }) => channel).join(' or ')}`,
  );

describe('who is told', () => {
  test.each<[string, Person[], Partial<AnyApproval>, string[]]>([
    ['everybody who may decide', [person('ada'), person('bob')], {}, ['ada: mail', 'bob: mail']],
    ['nobody who was revoked', [person('ada', { revokedAt: LATER }), person('bob')], {}, ['bob: mail']],
    [
      'not the requester, where another must decide',
      [person('Ada'), person('bob')],
      { requestedBy: 'ada', rule: { notRequester: true } },
      ['bob: mail'],
    ],
    ['the requester, where she may decide', [person('ada')], { requestedBy: 'ada' }, ['ada: mail']],
  ])('%s', (_, people, asks, expected) => {
    expect(told(plan(people, { asks }))).toEqual(expected);
  });

  test('whoever has voted is not reminded', () => {
    const vote = {
      decisionId: 'd',
      decision: 'approve',
      approver: { id: 'ada' },
      decidedAt: LATER,
      at: LATER,
      source: 'api',
    };
    const asks = { votes: [vote] } as Partial<AnyApproval>;
    expect(told(plan([person('ada'), person('bob')], { asks }))).toEqual(['bob: mail']);
  });

  test.each([
    ['a stand-in', [away('b')], ['b: mail']],
    ['nobody in place of one who is back', [away('b', '2026-06-01T00:00:00Z')], ['a: mail']],
    ['the stand-in of a stand-in of a stand-in', [away('b'), away('c'), away('d')], ['d: mail']],
    ['nobody further than that', [away('b'), away('c'), away('d'), away('e')], []],
    ['nobody in a circle', [away('b'), away('a')], []],
    ['nobody the directory does not know', [away('zoe')], []],
    ['nobody where nobody stands in', [away(null)], []],
    ['no stand-in who may not decide', [away('b'), { groups: ['sales'] }], []],
    ['no stand-in who was revoked', [away('b'), { revokedAt: LATER }], []],
  ])('in place of one who is away: %s', (_, settings, expected) => {
    const [first, ...others] = ['a', 'b', 'c', 'd', 'e'].map((id, index) => person(id, settings[index]));
    const planned = plan([first!], { others });
    expect(told(planned)).toEqual(expected);
    if (expected.length === 0) expect(planned.nobody).toMatch(/^a is away/);
  });

  test('one who stands in for two is told once', () => {
    const people = [person('a', away('c')), person('b', away('c')), person('c')];
    expect(told(plan(people))).toEqual(['c: mail']);
  });
});

describe('by what', () => {
  const both = person('ada', { slackId: 'U1' });
  test.each<[string, Person, Partial<Planning>, string[]]>([
    ['each channel that reaches them', both, {}, ['ada: mail', 'ada: slack']],
    [
      'those that the policy names',
      both,
      { rung: { rung: 0, kind: 'ask', notify: { channels: ['slack'] } } },
      ['ada: slack'],
    ],
    ['those that the settings name where the policy names none', both, { defaults: ['mail'] }, ['ada: mail']],
    [
      'the first of their own that reaches them, else the next',
      { ...both, channels: ['slack', 'mail'] },
      {},
      ['ada: slack or mail'],
    ],
    ['none, without an address', person('ada', { mail: null }), {}, []],
    ['none that is not configured', { ...both, channels: ['push'] }, {}, []],
  ])('%s', (_, one, more, expected) => {
    expect(told(plan([one], more))).toEqual(expected);
  });
});

describe('when', () => {
  const quiet = { zone: 'Europe/Berlin', quiet: { from: '11:00', to: '14:00' } };
  test('after their quiet hours, and others at once', () => {
    const { notices } = plan([person('ada', quiet), person('bob')]);
    expect(notices.map(({ dueMs }) => dueMs)).toEqual([NOW + 2 * 3_600_000, NOW]);
  });
  test('at once, when the question would be over before anybody could be told', () => {
    const asks = { deadline: new Date(NOW + 3_600_000).toISOString() };
    expect(plan([person('ada', quiet)], { asks }).notices.map(({ dueMs }) => dueMs)).toEqual([NOW]);
  });
});
