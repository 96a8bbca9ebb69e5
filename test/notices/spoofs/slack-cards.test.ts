import { randomUUID } from 'node:crypto';

import { expect, test } from 'vitest';

import { ACTIONS } from '../../../src/notices/slack/blocks.ts';
import { GRACE, spoofStage } from './stage.ts';
import { clickOn, submitted, type SlackAccount } from '../../support/slack/server.ts';

/**
 * Clicks and forms that come by Slack and were altered, or are another person’s: not one settles anything, and where somebody reads the answer
 * it says why. Strangers who click are in slack.test.ts, too. The last test decides by the same form, so that none was refused for another reason.
 */

const stage = spoofStage();
const { post, statusOf, formFor, nothingIsDecided } = stage;

type Form = ReturnType<typeof submitted>;
/** What travels through the form, altered. */
const card = (alter: (metadata: Record<string, unknown>) => unknown) => (form: Form) => ({
  ...form,
  view: {
    ...form.view,
    private_metadata: JSON.stringify(
      alter(JSON.parse(form.view.private_metadata ?? '') as Record<string, unknown>),
    ),
  },
});
const metadata = (text: string | null) => (form: Form) => ({
  ...form,
  view: { ...form.view, private_metadata: text },
});
const who = (user: unknown) => (form: Form) => ({ ...form, user });

const NOT_SENT = 'not a card that was sent to you';
const STRANGER = 'directory does not know';
/** Signed by Slack, and altered by whoever sent it. `told` is what they read; absent: nothing, because it is nothing of ours. */
const PAYLOADS: { name: string; alter: (form: Form) => unknown; told?: string }[] = [
  {
    name: 'the id of another question',
    alter: card((at_) => ({ ...at_, approvalId: stage.other.approvalId })),
    told: NOT_SENT,
  },
  {
    name: 'the place of another question',
    alter: card((at_) => ({ ...at_, ts: stage.other.message.ts })),
    told: NOT_SENT,
  },
  {
    name: 'an id that is none',
    alter: card((at_) => ({ ...at_, approvalId: '../../approve' })),
    told: NOT_SENT,
  },
  {
    name: 'an id of nothing',
    alter: card((at_) => ({ ...at_, approvalId: `${stage.asked.approvalId}x` })),
    told: NOT_SENT,
  },
  {
    name: 'an id in capitals',
    alter: card((at_) => ({ ...at_, approvalId: stage.asked.approvalId.toUpperCase() })),
    told: NOT_SENT,
  },
  { name: 'an id that is a pattern', alter: card((at_) => ({ ...at_, approvalId: '%' })), told: NOT_SENT },
  { name: 'another tenant', alter: card((at_) => ({ ...at_, tenant: 'umbrella' })), told: STRANGER },
  {
    name: 'a tenant that every object has',
    alter: card((at_) => ({ ...at_, tenant: '__proto__' })),
    told: STRANGER,
  },
  {
    name: 'a channel that the card is not in',
    alter: card((at_) => ({ ...at_, channel: 'C0OTHER' })),
    told: NOT_SENT,
  },
  { name: 'a time that the card is not of', alter: card((at_) => ({ ...at_, ts: '1.1' })), told: NOT_SENT },
  {
    name: 'a place with a zero more',
    alter: card((at_) => ({ ...at_, ts: `${stage.asked.message.ts}0` })),
    told: NOT_SENT,
  },
  {
    name: 'an edited digest',
    alter: card((at_) => ({ ...at_, digest: `sha256:${'0'.repeat(64)}` })),
    told: 'arguments have changed',
  },
  {
    name: 'a digest in capitals',
    alter: card((at_) => ({ ...at_, digest: String(at_.digest).toUpperCase() })),
    told: 'arguments have changed',
  },
  {
    name: 'a digest cut short',
    alter: card((at_) => ({ ...at_, digest: String(at_.digest).slice(0, -1) })),
    told: 'arguments have changed',
  },
  { name: 'no digest', alter: card(({ digest: _, ...at_ }) => at_) },
  { name: 'an empty digest', alter: card((at_) => ({ ...at_, digest: '' })) },
  { name: 'a digest that is a list', alter: card((at_) => ({ ...at_, digest: [at_.digest] })) },
  { name: 'an edit', alter: card((at_) => ({ ...at_, kind: 'edit', arguments: { orderId: 'X' } })) },
  { name: 'a kind in capitals', alter: card((at_) => ({ ...at_, kind: 'APPROVE' })) },
  { name: 'a kind that every object has', alter: card((at_) => ({ ...at_, kind: 'constructor' })) },
  { name: 'an approver of its own', alter: card((at_) => ({ ...at_, approver: { id: 'grace' } })) },
  { name: 'break-glass', alter: card((at_) => ({ ...at_, breakGlass: true })) },
  { name: 'a place that is a number', alter: card((at_) => ({ ...at_, ts: Number(at_.ts) })) },
  {
    name: 'an id that is longer than any',
    alter: card((at_) => ({ ...at_, approvalId: 'x'.repeat(3_001) })),
  },
  { name: 'a list in place of the card', alter: card((at_) => [at_]) },
  { name: 'a card encoded twice', alter: card((at_) => JSON.stringify(at_)) },
  { name: 'a card that is no JSON', alter: metadata('{approve') },
  { name: 'no card', alter: metadata(null) },
  {
    name: 'the form of another app',
    alter: (form) => ({ ...form, view: { ...form.view, callback_id: 'other:decide' } }),
  },
  { name: 'a form that was closed', alter: (form) => ({ ...form, type: 'view_closed' }) },
  { name: 'a shortcut', alter: (form) => ({ ...form, type: 'shortcut' }) },
  {
    name: 'a form without an id',
    alter: ({ view: { id: _, ...rest }, ...form }) => ({ ...form, view: rest }),
  },
  { name: 'nobody', alter: ({ user: _, ...form }) => form },
  { name: 'nobody’s workspace', alter: ({ team: _, ...form }) => form },
  { name: 'a list of people', alter: who([{ id: 'U0GRACE' }]) },
  { name: 'an empty name', alter: who({ id: '' }) },
  { name: 'a name in small letters', alter: who({ id: 'u0grace' }), told: 'could not be asked' },
  { name: 'a name with a blank', alter: who({ id: ' U0GRACE' }), told: 'could not be asked' },
  { name: 'the bot itself', alter: who({ id: 'U0BOT' }), told: 'could not be asked' },
  {
    name: 'an account that says that it is grace',
    alter: who({
      id: 'U0NOBODY',
      name: 'grace',
      username: 'grace',
      profile: { email: 'grace@acme.example' },
    }),
    told: STRANGER,
  },
  {
    name: 'grace of another workspace',
    alter: who({ id: 'U0GRACE', team_id: 'T0EVIL' }),
    told: 'another Slack workspace',
  },
];

test.for(PAYLOADS)('decides nothing by a signed form: $name', async ({ alter, told }) => {
  const answer = await post(alter(submitted(stage.view, { user: 'U0GRACE' })));
  expect(answer.status).toBe(200);
  const text = await answer.text();
  if (told === undefined) expect(text).toBe('');
  else expect(text).toContain(told);
  await nothingIsDecided();
});

type Click = ReturnType<typeof clickOn>;
const value = (more: object) => (click: Click) => ({
  ...click,
  actions: [
    {
      ...click.actions[0]!,
      value: JSON.stringify({ ...(JSON.parse(click.actions[0]!.value ?? '') as object), ...more }),
    },
  ],
});
/** A click shows a form, or why not. */
const CLICKS: { name: string; alter: (click: Click) => unknown; told?: string }[] = [
  {
    name: 'a button of another question',
    alter: (click) => value({ approvalId: stage.other.approvalId })(click),
    told: NOT_SENT,
  },
  { name: 'a button of another tenant', alter: value({ tenant: 'umbrella' }), told: STRANGER },
  { name: 'a stale button', alter: value({ digest: 'old' }), told: 'arguments have changed' },
  { name: 'a button with words of its own', alter: value({ note: 'Fine.' }) },
  {
    name: 'a button that is none of ours',
    alter: (click) => ({ ...click, actions: [{ ...click.actions[0]!, action_id: 'countersign:decide' }] }),
  },
  {
    name: 'two buttons at once',
    alter: (click) => ({ ...click, actions: [click.actions[0], click.actions[0]] }),
  },
  {
    name: 'a button of a form',
    alter: (click) => ({ ...click, container: { ...click.container, type: 'view' } }),
  },
  {
    name: 'a click that brings the answer along',
    alter: (click) => ({ ...click, state: { values: { text: { text: { value: 'yes' } } } } }),
    told: 'refund',
  },
];

test.for(CLICKS)('decides nothing by a signed click: $name', async ({ alter, told }) => {
  expect((await post(alter(clickOn(stage.asked.message, ACTIONS.approve, { user: 'U0GRACE' })))).status).toBe(
    200,
  );
  if (told === undefined) expect(stage.slack.views).toEqual([]);
  else expect(JSON.stringify(stage.slack.views)).toContain(told);
  await nothingIsDecided();
});

const account = (more: Partial<SlackAccount>) => () =>
  void stage.slack.users.set('U0GRACE', { id: 'U0GRACE', ...more });
const person = (more: object) => () =>
  stage.gate.store!.people.put(stage.gate.tenant, [{ ...GRACE, ...more }]);
/** What changes between the form and its sending. */
const CHANGES: { name: string; change: () => unknown; told: string }[] = [
  { name: 'she has left the workspace', change: account({ deleted: true }), told: 'guests, bots' },
  { name: 'she has become a guest', change: account({ is_restricted: true }), told: 'guests, bots' },
  { name: 'her account has moved', change: account({ team_id: 'T0ELSE' }), told: 'another Slack workspace' },
  {
    name: 'her account is gone',
    change: () => stage.slack.users.delete('U0GRACE'),
    told: 'could not be asked',
  },
  { name: 'the directory has another account of hers', change: person({ slackId: 'U0NEW' }), told: STRANGER },
  {
    name: 'she has left the group',
    change: person({ groups: ['support'] }),
    told: 'among those who may decide',
  },
  {
    name: 'she has been revoked',
    change: () => stage.gate.store!.revocations.revoke(stage.gate.tenant, 'grace'),
    told: 'taken away',
  },
  {
    name: 'her account is somebody else’s now',
    change: async () => {
      await person({ slackId: null })();
      await stage.gate.store!.people.put(stage.gate.tenant, [
        { id: 'linus', slackId: 'U0GRACE', groups: ['finance'] },
      ]);
    },
    told: NOT_SENT,
  },
  {
    name: 'Slack is down',
    change: () => stage.slack.trouble.set('users.info', { status: 500 }),
    told: 'could not be asked',
  },
];

test.for(CHANGES)('decides nothing when since the form $name', async ({ change, told }) => {
  const form = submitted(stage.view, { user: 'U0GRACE' });
  try {
    await change();
    expect(await (await post(form)).text()).toContain(told);
    await nothingIsDecided();
  } finally {
    stage.slack.trouble.clear();
    account({})();
    await stage.gate.store!.people.put(stage.gate.tenant, [
      { id: 'linus', slackId: 'U0LINUS', groups: ['support'] },
      GRACE,
    ]);
    await stage.gate.store!.revocations.restore(stage.gate.tenant, 'grace');
  }
});

/** What comes over Slack's connection, beside clicks and forms. */
const ENVELOPES: [string, (payload: unknown) => unknown][] = [
  ['an event', (payload) => ({ type: 'events_api', payload: { event: { type: 'message', payload } } })],
  ['a command', (payload) => ({ type: 'slash_commands', payload })],
  ['a greeting with a form', (payload) => ({ type: 'hello', payload })],
  ['an envelope of no kind', (payload) => ({ payload })],
  ['an envelope without a form', () => ({ type: 'interactive' })],
  ['a form as a text', (payload) => ({ type: 'interactive', payload: JSON.stringify(payload) })],
  ['a form in a list', (payload) => ({ type: 'interactive', payload: [payload] })],
];

test.for(ENVELOPES)('decides nothing over Slack’s connection: %s', async ([, envelope]) => {
  await expect.poll(() => stage.slack.sockets.size, { timeout: 5_000 }).toBe(1);
  const [socket] = stage.slack.sockets;
  const form = submitted(stage.view, { user: 'U0GRACE' });
  socket!.send(JSON.stringify({ envelope_id: randomUUID(), ...(envelope(form) as object) }));
  // What comes after it is answered, so it has been looked at.
  const answer = await stage.slack.interact(submitted(stage.view, { user: 'U0NOBODY' }));
  expect(JSON.stringify(answer)).toContain(STRANGER);
  await nothingIsDecided();
});

test('whoever may decides by the same form, once, however often it is sent', async () => {
  const envelope = {
    ...{ type: 'interactive', envelope_id: randomUUID(), accepts_response_payload: true },
    payload: submitted(await formFor(stage.other), { user: 'U0GRACE' }),
  };
  const [socket] = stage.slack.sockets;
  for (const _ of [1, 2]) socket!.send(JSON.stringify(envelope));
  await expect.poll(() => statusOf(stage.other)).toBe('approved');
  const settled = async () =>
    (await stage.gate.store!.record.ofApproval(stage.gate.tenant, stage.other.approvalId)).filter(
      ({ kind }) => kind === 'settled',
    ).length;
  await expect.poll(settled).toBe(1);
  const ways = PAYLOADS.length + CLICKS.length + CHANGES.length + ENVELOPES.length;
  expect(ways).toBeGreaterThanOrEqual(65);
});
