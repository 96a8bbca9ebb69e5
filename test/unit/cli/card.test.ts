import { expect, test } from 'vitest';

import type { Approval } from '../../../src/contracts/approval/approval.ts';
import { shown } from '../../../src/contracts/deciding/proposals.ts';
import { votesInShort } from '../../../src/cli/approvals/votes.ts';
import { card } from '../../../src/cli/output.ts';

const asked: Approval = {
  ...{ approvalId: 'c.t.a', turnId: 'c.t', conversationId: 'c', tenant: 'acme', assistant: 'desk' },
  ...{ toolCallId: 'call_1', tool: 'refund', toolDescription: 'Pays back.', status: 'pending' },
  ...{ arguments: { amountCents: 4_200 }, argumentsDigest: 'sha256:asked' },
  ...{ requestedAt: '2026-11-21T09:59:00.000Z', deadline: null, runDeadline: null, onRunDeadline: 'deny' },
};

test('a card shows what the model asked for beside what a person made of it, by whom', () => {
  const lines = card(
    shown({
      ...{ ...asked, status: 'approved', resolvedAt: '2026-11-21T10:00:00.000Z' },
      ...{ arguments: { amountCents: 100 }, argumentsDigest: 'sha256:changed' },
      proposed: { by: { kind: 'person', id: 'grace\u202e' }, at: '2026-11-21T10:00:00.000Z' },
      replaced: [
        {
          ...{ by: { kind: 'model' }, at: asked.requestedAt, arguments: asked.arguments },
          argumentsDigest: 'sha256:asked',
        },
      ],
      decision: {
        ...{ decisionId: 'd', decision: 'edit', approver: { id: 'grace\u202e' }, source: 'cli' },
        decidedAt: '2026-11-21T10:00:00.000Z',
      },
    }),
  );
  const text = lines.join('\n');
  expect(text).toMatch(
    /grace⟦U\+202E RIGHT-TO-LEFT OVERRIDE⟧ changed it to, at 2026-11-21T10:00.*sha256:changed.*\n.*amountCents {2}100\n.*the model asked for, at 2026-11-21T09:59.*sha256:asked.*\n.*amountCents {2}4200\n/,
  );
});

test('a card that nobody has changed names nobody, and says for whom it is meant by the words of who asked', () => {
  const text = card(shown({ ...asked, meantFor: 'the board', arguments: { to: 'a\uFE0Fb' } })).join('\n');
  expect(text).not.toContain('asked for,');
  expect(text).toContain('"a⟦U+FE0F VARIATION SELECTOR⟧b"');
  expect(text).toContain('meant for  the board (says whoever asked)');
});

const vote = {
  ...{ decisionId: 'd', decision: 'approve' as const, approver: { id: 'grace', groups: ['finance'] } },
  ...{ decidedAt: '2026-11-21T10:00:00.000Z', at: '2026-11-21T10:00:00.000Z', source: 'cli' },
};
const several = {
  ...asked,
  approvers: ['finance', 'security'],
  rule: { quorum: { approve: 2, deny: 1, from: [{ group: 'security', atLeast: 1 }] } },
  votes: [{ ...vote, note: 'As agreed.' }],
};

test('a card shows who may decide, the votes so far, whose are missing, and that nobody can meet the rule', () => {
  const text = card(shown({ ...several, unmeetable: 'one person of security must approve, …' })).join('\n');
  expect(text).toContain('  approvers  finance, security\n');
  expect(text).toContain('  vote       grace: approve, at 2026-11-21T10:00:00.000Z, "As agreed."\n');
  expect(text).toContain('  missing    the approval of one person more, one person of security\n');
  expect(text).toContain('  rule       nobody can meet this rule: one person of security must approve, …\n');
});

test('a list shows votes in short, and nothing where one person decides', () => {
  expect(votesInShort(shown(several))).toBe(
    'grace: approve; missing: the approval of one person more, one person of security',
  );
  expect(votesInShort(shown(asked))).toBeNull();
});
