import { readKeys, readSigningKey } from '@countersign/receipts';
import { exportJWK, generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { createAttestations } from '../../../src/activities/authority/attestations.ts';
import type { DecisionRecord } from '../../../src/contracts/approval/decision.ts';
import type { CallToRun } from '../../../src/contracts/approval/review.ts';
import { attested } from '../../../src/contracts/approval/attest.ts';
import { argumentsDigest } from '../../../src/contracts/digest.ts';
import { requireApproval } from '../../../src/define/policy.ts';
import { defineTool } from '../../../src/define/tool.ts';

/** What a worker whose memory was changed between the vote and the effect would run. */

const tenant = 'acme';
const tool = defineTool({
  ...{ name: 'refund', description: 'Pays back.', policy: requireApproval() },
  parameters: z.strictObject({ cents: z.coerce.number() }),
  execute: () => 'Refunded.',
});
const callOf = (cents: number): CallToRun => ({
  ...{
    toolCallId: 'call_1',
    tool: 'refund',
    toolDescription: 'Pays back.',
    approvalId: 'c.turn00000001.approval1',
  },
  ...{
    arguments: { cents },
    argumentsDigest: argumentsDigest({ tool: 'refund', arguments: { cents }, tenant }),
  },
  ...{ needsApproval: true, effect: 'idempotent', onError: 'report', maximumAttempts: 3, timeoutMs: 60_000 },
});
const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
const key = await readSigningKey(await exportJWK(pair.privateKey));
const trusting = createAttestations(await readKeys({ keys: [key.publicJwk] }));

async function signed(over: Partial<DecisionRecord> = {}): Promise<DecisionRecord> {
  const { approvalId, argumentsDigest: digest } = callOf(100);
  const { approvalId: _id, ...vote } = await attested(key, tenant, {
    ...{
      approvalId,
      decisionId: 'd1',
      decision: 'approve',
      argumentsDigest: digest,
      source: 'api',
      note: 'Fine.',
    },
    ...{ approver: { id: 'ada', groups: ['finance'] }, authenticated: { by: 'key', name: 'ada' } },
    decidedAt: '2026-11-21T10:00:00.000Z',
    ...over,
  });
  return vote;
}
const problemOf = (vote: DecisionRecord, call = callOf(100)) =>
  trusting.problemOf(vote, { call, tool, tenant });

test('what was signed for these arguments is good, an edit with what the schema made of it', async () => {
  expect(await problemOf(await signed())).toBeNull();
  const edit = await signed({ decision: 'edit', arguments: { cents: '200' } });
  expect(await problemOf(edit, callOf(200))).toBeNull();
  const same = await signed({ decision: 'edit', arguments: { cents: 200 } });
  const { arguments: _kept, ...stored } = same;
  expect(await problemOf(stored, callOf(200))).toBeNull();
});

test.each<[string, Partial<DecisionRecord>]>([
  ['another person', { approver: { id: 'eve', groups: ['finance'] } }],
  ['another group', { approver: { id: 'ada', groups: ['security'] } }],
  ['no group', { approver: { id: 'ada' } }],
  ['another kind', { decision: 'deny' }],
  ['another id', { decisionId: 'd2' }],
  ['another note', { note: 'Fine!' }],
  ['another time', { decidedAt: '2026-11-21T10:00:00.001Z' }],
  ['another authentication', { authenticated: { by: 'oidc' } }],
  ['a broken glass', { breakGlass: true }],
  ['other arguments', { decision: 'edit', arguments: { cents: 900 } }],
  ['another digest', { argumentsDigest: callOf(900).argumentsDigest }],
])('a vote that has been given %s is refused', async (_, over) => {
  expect(await problemOf({ ...(await signed()), ...over })).not.toBeNull();
});

test('a vote is good for no other call, approval or tenant, and not without its signature', async () => {
  const vote = await signed();
  const about = { call: callOf(100), tool, tenant };
  expect(await problemOf(vote, callOf(900))).toContain('other arguments');
  const other = { ...callOf(100), approvalId: 'c.turn00000001.approval2' };
  expect(await problemOf(vote, other)).toContain('another approvalId');
  expect(await trusting.problemOf(vote, { ...about, tenant: 'globex' })).not.toBeNull();
  const edit = await signed({ decision: 'edit', arguments: { cents: '200' } });
  expect(await problemOf(edit, callOf(900))).toContain('proposes other arguments');
  const { attestation: _signature, ...bare } = vote;
  expect(await problemOf(bare)).toContain('no signature');
});
