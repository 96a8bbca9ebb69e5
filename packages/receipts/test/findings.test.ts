import { expect, test } from 'vitest';

import { verifyExport, type Entry, type FindingKind, type Rule } from '@countersign/receipts';

import { at, attested, CALL, entriesOf, exported, key, keys, otherKey, type Told } from './support/record.ts';

const OTHER = CALL.replace(/.$/, CALL.endsWith('0') ? '1' : '0');
const NOTE = { contents: { note: CALL } };

const asked = (rule: Rule = {}): Told => ({ kind: 'requested', digest: CALL, requester: 'ada', rule });
const vote = (id: string, change: Partial<Entry> = {}, ...groups: string[]): Told => ({
  ...{
    kind: 'voted',
    decisionId: `dec_${id}`,
    decision: 'approve',
    digest: CALL,
    person: { id, groups },
    ...change,
  },
});
const settled = (status = 'approved', digest = CALL): Told => ({ kind: 'settled', status, digest });
const started: Told = { kind: 'started', digest: CALL };
const ran: Told[] = [started, { kind: 'executed' }];

const TWO: Rule = { quorum: { approve: 2, deny: 2 } };
const SHARE: Rule = { quorum: { approve: 2, deny: 1, from: [{ group: 'security', atLeast: 1 }] } };
const GLASS: Rule = { ...TWO, breakGlass: { groups: ['on-call'] } };
const glass = (...groups: string[]): Told => ({ ...vote('grace', NOTE, ...groups), kind: 'break-glass' });
const edit = (id: string, change: Partial<Entry> = {}): Told => vote(id, { decision: 'edit', ...change });
const later = (seconds: number): Partial<Entry> => ({ time: at(seconds) });
const strong = { by: 'oidc', at: at(-30), acr: 'mfa', passkey: true } as const;
const FRESH: Rule = { freshForMs: 60_000 };
const STRONG: Rule = { auth: { maxAgeMinutes: 1, acr: 'mfa', passkey: true } };

/** `appr_1` was approved with a grant, and by that `appr_2` was let through. */
const TERMS = { forMs: 3_600_000, narrowerBy: ['amountCents'], boundTo: 'conversation' } as const;
const MAY: Rule = { mayGrant: { ...TERMS, narrowerBy: [...TERMS.narrowerBy] } };
const grant = MAY.mayGrant!;
const given = (
  rule: Rule = MAY,
  change: Partial<Entry> = { grant },
  told: Partial<Entry> = { grant },
): Told[] => [
  ...[asked(rule), vote('grace', change), settled()],
  ...[{ kind: 'granted', grantId: 'appr_1', until: at(3_000), ...told } as const, ...ran],
];
const wider = (change: Partial<typeof grant>): Rule => ({ mayGrant: { ...grant, ...change } });
/** Its policy lets it, and its vote did not ask for it. */
const grantedMore = (change: Partial<typeof grant>): Told[] =>
  given(wider(change), { grant }, { grant: { ...grant, ...change } });
const byGrant = (rule: Rule = MAY, change: Partial<Entry> = {}): Told[] =>
  [asked(rule), { ...settled(), grantId: 'appr_1', ...change }, ...ran].map((told) => ({
    ...told,
    approvalId: 'appr_2',
  }));
const back: Told = { kind: 'grant-revoked', grantId: 'appr_1', person: { id: 'carol' }, time: at(10) };

/** What happened, and what is found in it. */
const STORIES: [string, Told[], FindingKind[]][] = [
  ['one vote, and the effect', [asked(), vote('grace'), settled(), ...ran], []],
  ['a grant, and a call by it', [...given(), ...byGrant()], []],
  ['a grant that nobody gave', byGrant(), ['grant-does-not-hold']],
  ['a grant that not everybody asked for', given(MAY, {}), ['grant-does-not-hold']],
  [
    'a grant that lets a number more be less than its vote',
    grantedMore({ narrowerBy: ['amountCents', 'fee'] }),
    ['grant-does-not-hold'],
  ],
  [
    'a grant for more conversations than its vote',
    grantedMore({ boundTo: 'requester' }),
    ['grant-does-not-hold'],
  ],
  ['a grant for longer than its vote', grantedMore({ forMs: 3_600_001 }), ['grant-does-not-hold']],
  [
    'a grant that ends later than its vote',
    given(
      wider({ forMs: 1_000 }),
      { grant: { ...grant, forMs: 1_000 } },
      { grant: { ...grant, forMs: 1_000 } },
    ),
    ['grant-does-not-hold'],
  ],
  [
    'a grant by a vote of a later time than its own',
    given(MAY, { grant, time: at(5_000) }, { grant, until: at(8_500) }),
    ['grant-does-not-hold'],
  ],
  ['a grant that its own policy lets nobody give', given({}), ['grant-does-not-hold']],
  ['a longer grant than its own policy lets', given(wider({ forMs: 2_999_000 })), ['grant-does-not-hold']],
  ['a wider grant than its own policy lets', given(wider({ narrowerBy: [] })), ['grant-does-not-hold']],
  [
    'for another requester',
    [...given(), ...byGrant().map((told) => ({ ...told, ...(told.requester && { requester: 'bob' }) }))],
    ['grant-does-not-hold'],
  ],
  [
    'where the policy lets fewer calls through by now',
    [...given(), ...byGrant(wider({ narrowerBy: [] }))],
    ['grant-does-not-hold'],
  ],
  [
    'where the policy binds otherwise by now',
    [...given(), ...byGrant(wider({ boundTo: 'requester' }))],
    ['grant-does-not-hold'],
  ],
  [
    'where the policy lets it stand for less by now',
    [...given(), ...byGrant(wider({ forMs: 1_000 }))],
    ['grant-does-not-hold'],
  ],
  ['after its end', [...given(), ...byGrant(MAY, { time: at(3_001) })], ['grant-does-not-hold']],
  ['for another tool', [...given(), ...byGrant(MAY, { tool: 'credit' })], ['grant-does-not-hold']],
  ['elsewhere', [...given(), ...byGrant(MAY, { conversationId: 'c2' })], ['grant-does-not-hold']],
  ['where the policy lets nobody', [...given(), ...byGrant({})], ['grant-does-not-hold']],
  ['of too few by now', [...given(), ...byGrant({ ...MAY, ...TWO })], ['grant-does-not-hold']],
  [
    'for whom has given it',
    [
      ...given(),
      ...byGrant({ ...MAY, notRequester: true }).map((told) => ({
        ...told,
        ...(told.requester && { requester: 'grace' }),
      })),
    ],
    ['grant-does-not-hold'],
  ],
  ['taken back before', [...given(), back, ...byGrant(MAY, later(300))], ['grant-does-not-hold']],
  [
    'begun after its end',
    [...given(), ...byGrant().map((told) => (told.kind === 'started' ? { ...told, ...later(3_061) } : told))],
    ['grant-does-not-hold'],
  ],
  [
    'begun while it ends',
    [...given(), ...byGrant().map((told) => (told.kind === 'started' ? { ...told, ...later(3_060) } : told))],
    [],
  ],
  ['taken back at the same time', [...given(), { ...back, time: at(0) }, ...byGrant()], []],
  ['a denial', [asked(), vote('grace', { decision: 'deny' }), settled('denied')], []],
  ['an answer', [asked(), vote('grace', { decision: 'respond' }), settled('answered')], []],
  ['nobody decides in time', [asked(), { kind: 'expired' }], []],
  ['it waits still', [asked(), vote('grace'), { kind: 'noticed' }], ['open']],
  ['nobody voted', [asked(), settled()], ['not-enough-votes']],
  ['a denial carried out', [asked(), vote('grace', { decision: 'deny' }), settled()], ['not-enough-votes']],
  ['nobody asked', [vote('grace'), settled()], ['never-requested']],
  ['two of two', [asked(TWO), vote('grace'), vote('alan'), settled()], []],
  ['one of two', [asked(TWO), vote('grace'), settled()], ['not-enough-votes']],
  [
    'one person twice',
    [asked(TWO), vote('grace'), vote('grace', { decisionId: 'dec_2' }), settled()],
    ['not-enough-votes'],
  ],
  [
    'one of two denials',
    [asked(TWO), vote('grace', { decision: 'deny' }), settled('denied')],
    ['not-enough-votes'],
  ],
  ['a share kept', [asked(SHARE), vote('grace', {}, 'security'), vote('alan'), settled()], []],
  ['a share missing', [asked(SHARE), vote('grace'), vote('alan'), settled()], ['not-enough-votes']],
  ['of the group', [asked({ approvers: ['finance'] }), vote('grace', {}, 'finance'), settled()], []],
  [
    'of another group',
    [asked({ approvers: ['finance'] }), vote('grace', {}, 'sales'), settled()],
    ['not-enough-votes'],
  ],
  [
    'the requester alone',
    [asked({ notRequester: true }), vote('ada'), settled()],
    ['not-enough-votes', 'requester-voted'],
  ],
  [
    'the requester too',
    [asked({ notRequester: true }), vote('ada'), vote('grace'), settled()],
    ['requester-voted'],
  ],
  ['the requester where she may', [asked(), vote('ada'), settled()], []],
  ['no reason', [asked({ note: 'always' }), vote('grace'), settled()], ['not-enough-votes']],
  ['a reason', [asked({ note: 'always' }), vote('grace', NOTE), settled()], []],
  [
    'a denial without a reason',
    [asked({ note: 'deny' }), vote('grace', { decision: 'deny' }), settled('denied')],
    ['not-enough-votes'],
  ],
  [
    'a vote for other arguments',
    [asked(), vote('grace', { digest: OTHER }), settled()],
    ['not-enough-votes'],
  ],
  ['an edit', [asked(), edit('grace'), settled('approved', OTHER)], []],
  [
    'votes before an edit',
    [asked(TWO), vote('alan'), edit('grace'), settled('approved', OTHER)],
    ['not-enough-votes'],
  ],
  [
    'an editor alone',
    [asked({ notRequester: true }), edit('grace'), settled('approved', OTHER)],
    ['not-enough-votes'],
  ],
  [
    'an edit with another rule',
    [asked(), edit('grace', { rule: TWO }), settled('approved', OTHER)],
    ['not-enough-votes'],
  ],
  ['authenticated as asked', [asked(STRONG), vote('grace', { authenticated: strong }), settled()], []],
  [
    'without a passkey',
    [asked(STRONG), vote('grace', { authenticated: { by: 'oidc', at: at(0), acr: 'mfa' } }), settled()],
    ['not-enough-votes'],
  ],
  [
    'too long ago',
    [asked(STRONG), vote('grace', { authenticated: { ...strong, at: at(-60) } }), settled()],
    ['not-enough-votes'],
  ],
  ['break-glass', [asked(GLASS), glass('on-call'), settled()], ['break-glass']],
  [
    'break-glass by an outsider',
    [asked(GLASS), glass('sales'), settled()],
    ['break-glass', 'not-enough-votes'],
  ],
  [
    'break-glass where nobody may',
    [asked(TWO), glass('on-call'), settled()],
    ['break-glass', 'not-enough-votes'],
  ],
  [
    'break-glass without a reason',
    [asked(GLASS), { ...glass('on-call'), contents: {} }, settled()],
    ['break-glass', 'not-enough-votes'],
  ],
  [
    'an effect without a yes',
    [asked(), vote('grace'), started, { kind: 'executed' }],
    ['started-without-approval'],
  ],
  [
    'an effect after a no',
    [asked(), vote('grace', { decision: 'deny' }), settled('denied'), ...ran],
    ['started-without-approval'],
  ],
  ['an effect after its time', [asked(), { kind: 'expired' }, ...ran], ['started-without-approval']],
  ['an effect twice', [asked(), vote('grace'), settled(), ...ran, ...ran], ['started-twice']],
  ['an effect without an end', [asked(), vote('grace'), settled(), started], ['started-without-end']],
  [
    'an end without a begin',
    [asked(), vote('grace'), settled(), { kind: 'failed' }],
    ['ended-without-start'],
  ],
  [
    'other arguments',
    [asked(), vote('grace'), settled(), { ...started, digest: OTHER }, { kind: 'executed' }],
    ['other-arguments'],
  ],
  [
    'fresh enough',
    [asked(FRESH), vote('grace', later(0)), settled(), { ...started, ...later(60) }, { kind: 'executed' }],
    [],
  ],
  [
    'too old',
    [asked(FRESH), vote('grace', later(0)), settled(), { ...started, ...later(61) }, { kind: 'executed' }],
    ['too-old'],
  ],
  [
    'too old, and asked again',
    [
      asked(FRESH),
      vote('grace', later(0)),
      settled(),
      { kind: 'stale' },
      asked(FRESH),
      vote('grace', later(90)),
      settled(),
      { ...started, ...later(95) },
      { kind: 'executed' },
    ],
    [],
  ],
];

async function found(entries: Entry[], options: Parameters<typeof verifyExport>[1] = {}, from = 0) {
  const report = await verifyExport(
    await exported({ entries, isSigned: options.keys !== undefined, from }),
    options,
  );
  expect(report.problems).toEqual([]);
  const kinds = report.findings.map(({ kind }) => kind).toSorted();
  expect(report.ok).toBe(report.findings.every(({ severity }) => severity === 'note'));
  return { kinds, report };
}

test.each(STORIES)('found from the entries alone: %s', async (_, told, kinds) => {
  expect((await found(entriesOf(told))).kinds).toEqual(kinds);
});

test('what began before the first entry is not held against a rule that nobody sees', async () => {
  const { kinds, report } = await found(entriesOf([asked(TWO), vote('grace'), settled(), ...ran]), {}, 2);
  expect({ kinds, unjudged: report.unjudged }).toEqual({ kinds: [], unjudged: 1 });
});

test.each<[string, Told[], FindingKind[]]>([
  ['is not held against the policy and requester', [], []],
  ['is taken back', [{ ...back, time: at(-100) }], ['grant-does-not-hold', 'grant-does-not-hold']],
])('a grant that was asked for before the first entry %s', async (_, revoked, kinds) => {
  expect((await found(entriesOf([...given(), ...revoked, ...byGrant()]), {}, 1)).kinds).toEqual(kinds);
});

const known = { authenticated: { by: 'oidc' } } as const;
const [request, voted, ...rest] = entriesOf([
  asked(),
  vote('grace', known, 'finance'),
  settled(),
  ...ran,
]) as [Entry, Entry, ...Entry[]];

test.each<[string, () => Entry | Promise<Entry>, FindingKind[]]>([
  ['is there', () => attested(voted), []],
  ['is missing', () => voted, ['attestation-missing']],
  ['is by another key', () => attested(voted, otherKey), ['attestation-bad']],
  [
    'is another person',
    async () => ({ ...(await attested(voted)), person: { id: 'mallory', groups: ['finance'] } }),
    ['attestation-bad'],
  ],
  ['is of another time', async () => ({ ...(await attested(voted)), time: at(9) }), ['attestation-bad']],
  [
    'was for another approval',
    async () => ({
      ...voted,
      attestation: (await attested({ ...voted, approvalId: 'appr_2' }, key)).attestation!,
    }),
    ['attestation-bad'],
  ],
])('with keys every vote is attested: one whose attestation %s', async (_, make, kinds) => {
  expect((await found([request, await make(), ...rest], { keys })).kinds).toEqual(kinds);
});
