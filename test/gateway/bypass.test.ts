import { expect, test } from 'vitest';

import { toAnswer } from '../../src/activities/handover/answer.ts';
import type { Approval } from '../../src/contracts/approval/approval.ts';
import type { Decision, DecisionBody } from '../../src/contracts/approval/decision.ts';
import type { ReviewedEdit } from '../../src/contracts/approval/review.ts';
import type { Rule } from '../../src/contracts/approval/rule.ts';
import { shown } from '../../src/contracts/deciding/proposals.ts';
import { createApiKey, createInboxLink, type ApiKey } from '../../src/gateway/app.ts';
import { cancel, applyDecision, expire, park } from '../../src/workflows/ledger.ts';
import { decisionProblem } from '../../src/workflows/messages.ts';
import {
  APPROVAL_ID,
  BASE_URL,
  createBrowser,
  createTestGateway,
  formFields,
  NOW,
  sampleApproval,
  SESSION_SECRET,
  signedWebhook,
  TENANT,
} from './support.ts';

/**
 * Ways to have an action run without its rule: by every door, for every rule, at different moments. The doors are real (HTTP, form,
 * signature, shape of a signal); behind them stands the real ledger. Not one may approve.
 */

interface Person {
  id: string;
  groups?: string[];
}
/** What somebody sends. `digest`: of what stands now, unless it says otherwise. */
interface Try extends Pick<DecisionBody, 'note' | 'breakGlass'> {
  by: Person;
  kind?: Decision['decision'];
  digest?: 'now' | 'first' | 'none';
  /** Sent under this id; another one each time without. */
  id?: string;
}

interface Way {
  name: string;
  approvers?: string[];
  rule?: Rule;
  tries: Try[];
  /** Doors by which it can be tried; all of them without. */
  by?: string[];
}

const ada = { id: 'ada', groups: ['finance'] };
const bob = { id: 'bob', groups: ['finance'] };
const sue = { id: 'sue', groups: ['finance', 'security'] };
const olga = { id: 'olga', groups: ['on-call'] };
const eve = { id: 'eve', groups: ['support'] };
/** For whom the turn acts, and the key that began it. Both are in every group. */
const ALL = ['finance', 'security', 'on-call'];
const maria = { id: 'maria', groups: ALL };
const shop = { id: 'shop', groups: ALL };
const REASON = 'The shop is down for everybody.';

const two = { quorum: { approve: 2, deny: 1 } };
const oneOfSecurity = { quorum: { approve: 2, deny: 1, from: [{ group: 'security', atLeast: 1 }] } };
const other = { notRequester: true as const };
const emergency = { ...two, breakGlass: { groups: ['on-call'] } };
const named = { person: 'bob' };
const touched = { auth: { passkey: true as const } };
const finance = { approvers: ['finance'] };

const WAYS: Way[] = [
  { name: 'somebody in no group', ...finance, tries: [{ by: { id: 'eve' } }] },
  { name: 'somebody of another group', ...finance, tries: [{ by: eve }] },
  { name: 'a group in other letters', ...finance, tries: [{ by: { id: 'eve', groups: ['Finance'] } }] },
  { name: 'a group with a blank', ...finance, tries: [{ by: { id: 'eve', groups: ['finance '] } }] },
  { name: 'an edit by an outsider', ...finance, tries: [{ by: eve, kind: 'edit' }] },
  {
    name: 'break-glass where there is none',
    ...finance,
    tries: [{ by: eve, breakGlass: true, note: REASON }],
  },
  { name: 'somebody whom the request does not name', rule: named, tries: [{ by: ada }] },
  { name: 'the named person in capitals', rule: named, tries: [{ by: { ...bob, id: 'BOB' } }] },
  { name: 'the named person in wide letters', rule: named, tries: [{ by: { ...bob, id: 'ｂｏｂ' } }] },
  { name: 'an edit by somebody else than the named', rule: named, tries: [{ by: ada, kind: 'edit' }] },
  { name: 'no passkey', rule: touched, tries: [{ by: ada }] },
  { name: 'an edit without a passkey', rule: touched, tries: [{ by: ada, kind: 'edit' }] },
  {
    name: 'break-glass without a passkey',
    rule: { ...touched, ...emergency },
    tries: [{ by: olga, breakGlass: true, note: REASON }],
  },
  { name: 'one vote of two', rule: two, tries: [{ by: ada }] },
  { name: 'one person twice', rule: two, tries: [{ by: ada }, { by: ada }] },
  {
    name: 'one vote delivered twice',
    rule: two,
    tries: [
      { by: ada, id: 'd-1' },
      { by: ada, id: 'd-1' },
    ],
  },
  { name: 'one person in two spellings', rule: two, tries: [{ by: ada }, { by: { ...ada, id: 'ADA' } }] },
  { name: 'one person and a blank', rule: two, tries: [{ by: ada }, { by: { ...ada, id: ' ada ' } }] },
  {
    name: 'one person and an invisible character',
    rule: two,
    tries: [{ by: ada }, { by: { ...ada, id: 'a\u200bda' } }],
  },
  { name: 'one person in wide letters', rule: two, tries: [{ by: ada }, { by: { ...ada, id: 'ａｄａ' } }] },
  {
    name: 'one person with other groups',
    rule: two,
    tries: [{ by: ada }, { by: { id: 'ada', groups: ALL } }],
  },
  { name: 'an edit by one of two', rule: two, tries: [{ by: ada, kind: 'edit' }] },
  { name: 'an edit and a yes by one', rule: two, tries: [{ by: ada, kind: 'edit' }, { by: ada }] },
  { name: 'a yes and an edit by one', rule: two, tries: [{ by: ada }, { by: ada, kind: 'edit' }] },
  {
    name: 'two edits by one',
    rule: two,
    tries: [
      { by: ada, kind: 'edit' },
      { by: ada, kind: 'edit' },
    ],
  },
  {
    name: 'a vote for what stood there before an edit',
    rule: two,
    tries: [
      { by: ada, kind: 'edit' },
      { by: bob, digest: 'first' },
    ],
  },
  {
    name: 'a vote that does not say for what, after an edit',
    rule: two,
    tries: [
      { by: ada, kind: 'edit' },
      { by: bob, digest: 'none' },
    ],
    by: ['api', 'webhook', 'client', 'signal'],
  },
  {
    name: 'a vote that fell, delivered again',
    rule: { quorum: { approve: 2, deny: 1 } },
    tries: [
      { by: bob, id: 'd-1' },
      { by: ada, kind: 'edit' },
      { by: bob, id: 'd-1', digest: 'first' },
    ],
  },
  { name: 'a yes beside a no', rule: two, tries: [{ by: ada, kind: 'deny' }, { by: bob }, { by: sue }] },
  {
    name: 'a text in place of a vote',
    rule: { quorum: { approve: 2, deny: 2 } },
    tries: [{ by: ada, kind: 'respond' }],
  },
  { name: 'two without the group', rule: oneOfSecurity, tries: [{ by: ada }, { by: bob }] },
  { name: 'the group alone', rule: oneOfSecurity, tries: [{ by: sue }] },
  { name: 'the group twice', rule: oneOfSecurity, tries: [{ by: sue }, { by: { ...sue, id: 'Sue' } }] },
  {
    name: 'the group in other letters',
    rule: oneOfSecurity,
    tries: [{ by: ada }, { by: { id: 'bob', groups: ['Security'] } }],
  },
  {
    name: 'three who are not the group',
    rule: oneOfSecurity,
    tries: [{ by: ada }, { by: bob }, { by: olga }],
  },
  { name: 'the requester', rule: other, tries: [{ by: maria }] },
  { name: 'the key that began the turn', rule: other, tries: [{ by: shop }] },
  { name: 'the requester in capitals', rule: other, tries: [{ by: { ...maria, id: 'MARIA' } }] },
  { name: 'an edit by the requester', rule: other, tries: [{ by: maria, kind: 'edit' }] },
  {
    name: 'an author alone',
    rule: other,
    tries: [{ by: ada, kind: 'edit' }, { by: ada }],
    // The Handover has no edits: there the second would be the only one, and allowed.
    by: ['api', 'webhook', 'inbox', 'client', 'cli', 'signal'],
  },
  { name: 'an author and the requester', rule: other, tries: [{ by: ada, kind: 'edit' }, { by: maria }] },
  { name: 'the requester as one of two', rule: { ...two, ...other }, tries: [{ by: ada }, { by: maria }] },
  { name: 'the requester and her key', rule: { ...two, ...other }, tries: [{ by: maria }, { by: shop }] },
  {
    name: 'the requester by break-glass',
    rule: { ...other, ...emergency },
    tries: [{ by: maria, breakGlass: true, note: REASON }],
  },
  { name: 'no reason', rule: { note: 'always' }, tries: [{ by: ada }] },
  { name: 'a blank reason', rule: { note: 'always' }, tries: [{ by: ada, note: ' \n ' }] },
  { name: 'an edit without a reason', rule: { note: 'always' }, tries: [{ by: ada, kind: 'edit' }] },
  { name: 'break-glass by no member', rule: emergency, tries: [{ by: sue, breakGlass: true, note: REASON }] },
  { name: 'break-glass without a reason', rule: emergency, tries: [{ by: olga, breakGlass: true }] },
  {
    name: 'break-glass with a short reason',
    rule: emergency,
    tries: [{ by: olga, breakGlass: true, note: 'It is now' }],
  },
  {
    name: 'break-glass with blanks',
    rule: emergency,
    tries: [{ by: olga, breakGlass: true, note: ' '.repeat(20) }],
  },
  {
    name: 'break-glass by an edit',
    rule: emergency,
    tries: [{ by: olga, kind: 'edit', breakGlass: true, note: REASON }],
  },
  {
    name: 'break-glass for what stood there before',
    rule: emergency,
    tries: [
      { by: ada, kind: 'edit' },
      { by: olga, breakGlass: true, note: REASON, digest: 'first' },
    ],
  },
];

/** What anybody may do who may decide at all, at a moment when nobody may. */
const TOO_LATE: Try[] = [
  { by: sue },
  { by: ada, kind: 'edit' },
  { by: olga, breakGlass: true, note: REASON },
];
const OVER: Record<string, (approval: Approval) => Approval> = {
  'once it has expired': (approval) => expire(approval, NOW),
  'once it is cancelled': (approval) => cancel(approval, NOW),
  'a moment after the deadline': (approval) => ({ ...approval, deadline: new Date(NOW - 1).toISOString() }),
  'at the deadline': (approval) => ({ ...approval, deadline: new Date(NOW).toISOString() }),
  'once it is denied': (approval) =>
    applyDecision(approval, toDecision({ by: bob, kind: 'deny', note: REASON }, 'd-0'), undefined, NOW)
      .approval,
};

/** Moments at which each way is tried. */
const MOMENTS: Record<string, (approval: Approval) => Approval> = {
  'at first': (approval) => approval,
  'once it is parked': (approval) => park({ ...approval, onRunDeadline: 'park' }, NOW),
};

const FIRST = sampleApproval().argumentsDigest;
const edited = (count: number) => ({ orderId: 'A-4711', amountCents: count, reason: 'changed' });

/** One approval behind all doors; `world.approval` is what the turn would hold. */
function createWorld(approval: Approval) {
  const entries: ApiKey[] = [];
  const gateway = createTestGateway({ apiKeys: () => entries });
  const world = { approval, taken: 0 };
  const show = () => (gateway.client.approvals = [shown(world.approval)]);
  show();
  const take = (decision: Decision) => {
    const amount = Number(decision.arguments?.amountCents);
    const edit: ReviewedEdit = {
      ...{ kind: 'ready', arguments: edited(amount), argumentsDigest: `sha256:${amount}` },
      verdict: { kind: 'ask', ...asked(approval) },
    };
    const settlement = applyDecision(world.approval, decision, edit, NOW);
    world.approval = settlement.approval;
    world.taken += 1;
    show();
    return settlement.receipt;
  };
  gateway.client.answer = take;
  return { world, gateway, entries, take };
}
type Stage = ReturnType<typeof createWorld>;

function asked({ approvers, rule }: Approval) {
  return { ...(approvers && { approvers }), ...(rule && { rule }) };
}

function bodyOf({ world }: Stage, attempt: Try, id: string) {
  const { kind = 'approve', note, breakGlass, digest = 'now' } = attempt;
  return {
    ...{ decision: kind, decisionId: attempt.id ?? id },
    ...(note !== undefined && { note }),
    ...(breakGlass && { breakGlass }),
    ...(kind === 'edit' && { arguments: edited(Number(id.replace(/\D/g, ''))) }),
    ...(kind === 'respond' && { response: 'Paid. Go on.' }),
    ...(digest !== 'none' && { argumentsDigest: digest === 'now' ? world.approval.argumentsDigest : FIRST }),
  };
}

function toDecision(attempt: Try, id: string, stage?: Stage, source = 'client'): Decision {
  const body = stage
    ? bodyOf(stage, attempt, id)
    : { decision: attempt.kind ?? ('approve' as const), decisionId: id };
  return {
    ...{ ...body, approvalId: APPROVAL_ID, approver: attempt.by, source },
    decidedAt: new Date(NOW).toISOString(),
  };
}

/** How a decision comes in. Nobody behind a door learns from here whether it counted: the approval shows it. */
const DOORS: Record<string, (stage: Stage, attempt: Try, id: string) => Promise<unknown>> = {
  async api(stage, attempt, id) {
    const { id: person, groups = [] } = attempt.by;
    // A key that is bound to the person; its name says nothing.
    const { entry, key } = createApiKey({
      ...{ name: `key-${id}`, tenant: TENANT, scopes: ['approvals:decide'], person, groups },
    });
    stage.entries.push(entry);
    const json = bodyOf(stage, attempt, id);
    await stage.gateway.ask('POST', `/v1/approvals/${APPROVAL_ID}/decision`, { key, json });
  },
  async webhook(stage, attempt, id) {
    const body = { ...bodyOf(stage, attempt, id), approvalId: APPROVAL_ID, approver: attempt.by };
    await stage.gateway.ask('POST', '/v1/webhooks/slack', {
      ...signedWebhook(JSON.stringify(body), { id }),
      key: null,
    });
  },
  async inbox(stage, attempt, id) {
    const browser = createBrowser(stage.gateway);
    const link = await createInboxLink({
      ...{ sessionSecret: SESSION_SECRET, baseUrl: BASE_URL, tenant: TENANT, approver: attempt.by },
      clock: () => NOW,
    });
    await browser.post('/inbox/login', formFields(await (await browser.get(link)).text()));
    const card = `/inbox/approvals/${APPROVAL_ID}`;
    const { csrf = '' } = formFields(await (await browser.get(card)).text(), 'approve');
    // Whoever has no form on the card may still send one: with the token of the page's own sign-out form.
    const token = csrf || (formFields(await signOutForm(browser)).csrf ?? '');
    const { arguments: args, breakGlass, note = '', ...fields } = bodyOf(stage, attempt, id);
    await browser.post(`${card}/decision`, {
      ...fields,
      note,
      csrf: token,
      ...(args && { arguments: JSON.stringify(args) }),
      ...(breakGlass && { breakGlass: 'true' }),
    });
  },
  client: (stage, attempt, id) => Promise.resolve(stage.take(toDecision(attempt, id, stage))),
  cli: (stage, attempt, id) => Promise.resolve(stage.take(toDecision(attempt, id, stage, 'cli'))),
  signal(stage, attempt, id) {
    const decision = toDecision(attempt, id, stage, 'signal');
    return Promise.resolve(decisionProblem(decision) === null && stage.take(decision));
  },
  /** The Handover says yes, no or something else, with a name; break-glass and edits do not exist there. */
  handover(stage, attempt, id) {
    const { kind = 'approve', by, note } = attempt;
    const status = kind === 'approve' ? 'approved' : kind === 'deny' ? 'denied' : 'modified';
    const answer = toAnswer({ id, status, response_notes: note ?? null });
    if (answer.kind !== 'decided') return Promise.resolve();
    const decision = toDecision({ ...attempt, kind: answer.decision.decision }, id, stage, 'handover');
    const { breakGlass: _, arguments: _1, ...rest } = decision;
    const sent = { ...rest, ...answer.decision, argumentsDigest: FIRST };
    return Promise.resolve(stage.take({ ...sent, approver: { ...by, id: `handover:${by.id}` } }));
  },
};

async function signOutForm(browser: ReturnType<typeof createBrowser>): Promise<string> {
  return (await (await browser.get('/inbox')).text()).replace('/inbox/logout', '');
}

interface Row extends Way {
  door: string;
  /** Of the first one, where it comes by another. */
  first?: string;
  when: string;
  become: (approval: Approval) => Approval;
}

const ROWS: Row[] = [
  ...WAYS.flatMap((way) =>
    Object.keys(DOORS)
      .filter((door) => way.by === undefined || way.by.includes(door))
      .flatMap((door) => Object.entries(MOMENTS).map(([when, become]) => ({ ...way, door, when, become }))),
  ),
  ...Object.entries(OVER).flatMap(([when, become]) =>
    Object.keys(DOORS).map((door) => ({
      ...{ name: 'whoever may decide', tries: TOO_LATE, rule: { breakGlass: { groups: ['on-call'] } } },
      ...{ door, when, become },
    })),
  ),
  // One vote by one door, the other by the next.
  ...Object.keys(DOORS).flatMap((first) =>
    Object.keys(DOORS)
      .filter((door) => door !== first)
      .map((door) => ({
        ...{ name: `one person, first by ${first}`, rule: two, tries: [{ by: ada }, { by: ada }] },
        ...{ door, first, when: 'at first', become: (approval: Approval) => approval },
      })),
  ),
];

test('there are ways enough, and each has a name of its own', () => {
  const names = ROWS.map(({ name, door, when }) => `${door}: ${name}, ${when}`);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(500);
});

test.each(ROWS)('$door: $name, $when, does not approve', async (row) => {
  const { proposals: _, ...sample } = sampleApproval({
    ...{ requestedBy: 'maria', startedBy: 'shop', runDeadline: null },
    ...(row.approvers && { approvers: row.approvers }),
    ...(row.rule && { rule: row.rule }),
  });
  const stage = createWorld(row.become(sample));
  for (const [index, attempt] of row.tries.entries()) {
    const door = index === 0 ? (row.first ?? row.door) : row.door;
    await DOORS[door]!(stage, attempt, `t-${index + 1}`);
  }
  expect(stage.world.approval.status).not.toBe('approved');
  expect(stage.world.approval.outcome).not.toBe('executing');
  // It has been judged, and not merely got lost on its way: the Handover knows fewer words, and no door lets an edit break the glass.
  const isKept = row.door === 'handover' || row.name === 'break-glass by an edit';
  if (!isKept) expect(stage.world.taken).toBe(row.tries.length);
});

test.each(Object.keys(DOORS))(
  'by %s, what a rule allows is approved: the doors of these tests are open',
  async (door) => {
    const { proposals: _, ...sample } = sampleApproval({
      ...{ requestedBy: 'maria', startedBy: 'shop', approvers: ['finance'] },
      rule: { ...oneOfSecurity, ...other, note: 'always' },
    });
    const stage = createWorld(sample);
    for (const [index, by] of [ada, sue].entries())
      await DOORS[door]!(stage, { by, note: 'Seen.' }, `t-${index + 1}`);
    expect(stage.world.approval.status).toBe('approved');
    expect(stage.world.taken).toBe(2);
  },
);
