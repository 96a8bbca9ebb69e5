import { setTimeout as sleep } from 'node:timers/promises';

import type { Receipt } from '../src/contracts/approval/decision.ts';
import type { TurnView } from '../src/contracts/turn.ts';
import type { GatewayClient } from '../src/gateway/app.ts';
import type { Provider } from '../src/providers/provider.ts';
import type { Ledger } from './ledger.ts';
import type { Plant } from './settings.ts';

/** Faults of ours, put there on purpose: what the self-test plants, and the oracle has to find. */

/** Longer than the self-test lets a turn take. */
const HANGS_MS = 15_000;

export function plantedProvider(inner: Provider, plant: Plant | null): Provider {
  const submitOutputs: Provider['submitOutputs'] = (request) => inner.submitOutputs(request);
  switch (plant) {
    case 'double-submit':
      return {
        ...inner,
        submitOutputs: async (request) => {
          await submitOutputs(request);
          return submitOutputs(request);
        },
      };
    case 'told-denied':
      return {
        ...inner,
        submitOutputs: (request) => {
          const outputs = request.outputs.map((output) => ({ ...output, output: 'Decision: denied.' }));
          return submitOutputs({ ...request, outputs });
        },
      };
    case 'unsubmitted':
      return {
        ...inner,
        submitOutputs: async ({ run }) => ({
          ...(await inner.cancelRun(run)),
          ...{ state: 'completed', reply: 'It is settled.' },
        }),
      };
    case 'hung':
      return {
        ...inner,
        submitOutputs: async (request) => {
          await sleep(HANGS_MS);
          return submitOutputs(request);
        },
      };
    case 'left-run':
      return {
        ...inner,
        cancelRun: async (run) => ({ ...(await inner.retrieveRun(run)), state: 'cancelled' }),
      };
    case 'empty-reply':
      return { ...inner, readReply: async (run) => ({ ...(await inner.readReply(run)), reply: '' }) };
    default:
      return inner;
  }
}

export function plantedLedger(real: Ledger, plant: Plant | null): Ledger {
  switch (plant) {
    case 'double-effect':
      return {
        ...real,
        perform: (effect) => {
          real.perform(effect, 'each-call');
          return real.perform(effect, 'each-call');
        },
      };
    case 'other-tenant':
      return { ...real, perform: (effect, mode) => real.perform({ ...effect, tenant: OTHER }, mode) };
    case 'unasked':
      return { ...real, perform: () => 1 };
    default:
      return real;
  }
}

const OTHER = 'umbrella';

export function plantedClient(inner: GatewayClient, plant: Plant | null): GatewayClient {
  const showing = (change: (view: TurnView) => TurnView): GatewayClient => ({
    ...inner,
    getTurn: async (...args) => {
      const view = await inner.getTurn(...args);
      return view && change(view);
    },
  });
  switch (plant) {
    case 'lost-decision':
      return { ...inner, decide: (tenant, decision) => forgetting(inner, tenant, decision) };
    case 'left-approval':
      return showing((view) => ({
        ...view,
        approvals: view.approvals.map((approval) => ({ ...approval, status: 'pending' })),
      }));
    case 'other-tenant':
      return showing((view) => ({
        ...view,
        approvals: view.approvals.map((approval) => ({ ...approval, tenant: OTHER })),
      }));
    default:
      return inner;
  }
}

/** Says that the decision was applied, and forgets it. */
async function forgetting(
  inner: GatewayClient,
  tenant: string,
  decision: Parameters<GatewayClient['decide']>[1],
): Promise<Receipt | null> {
  const { approvalId, decisionId, decidedAt } = decision;
  const approval = await inner.getApproval(tenant, approvalId);
  if (approval === null) return null;
  const { argumentsDigest } = approval;
  return { outcome: 'applied', approvalId, decisionId, status: 'approved', argumentsDigest, decidedAt };
}
