import { FINAL_TURN_STATUSES } from '../src/contracts/turn.ts';
import { until, type Api } from './api.ts';
import { harvestRecord } from './harvest-record.ts';
import { openLedger } from './ledger.ts';
import type { Plan } from './plan.ts';
import type { Processes } from './processes.ts';
import type { HttpRecord, ProviderRecord, Records } from './records.ts';

/** Reads the five records once everything is up again and every turn has had its time. */
export async function harvest(options: {
  plan: Plan;
  http: HttpRecord;
  api: Api;
  processes: Processes;
  folder: string;
  /** How long turns that are not over yet may still take, together. */
  patienceMs: number;
  signal: AbortSignal;
}): Promise<Records> {
  const { plan, http, api, processes, folder, patienceMs, signal } = options;
  const views = await readViews(api, http, { patienceMs, signal });
  const provider = await readProvider(processes.simulator);
  const approvals = Object.values(views).reduce((sum, view) => sum + (view?.approvals.length ?? 0), 0);
  const store = await harvestRecord({ processes, folder, approvals, patienceMs, signal });
  const ledger = openLedger(processes.ledgerFile);
  try {
    return { plan, http, views, provider, store, effects: ledger.effects(), attempts: ledger.attempts() };
  } finally {
    ledger.close();
  }
}

async function readViews(
  api: Api,
  http: HttpRecord,
  { patienceMs, signal }: { patienceMs: number; signal: AbortSignal },
): Promise<Records['views']> {
  const views: Records['views'] = {};
  const endMs = Date.now() + patienceMs;
  const wanted = http.turns.flatMap(({ turnIds }) => turnIds);
  for (let turnId = wanted.shift(); turnId !== undefined; turnId = wanted.shift()) {
    if (turnId in views) continue;
    const id = turnId;
    const final = await until(
      async () => {
        const view = (await api.readTurn(id)) ?? views[id] ?? null;
        views[id] = view;
        return view !== null && FINAL_TURN_STATUSES.has(view.status) ? view : null;
      },
      // Each is read more than once even when the time is up: a reader may meet a gateway that is just starting.
      { withinMs: Math.max(endMs - Date.now(), 500), signal },
    );
    wanted.push(...(final?.continuations ?? []));
  }
  return views;
}

async function readProvider(simulator: string): Promise<ProviderRecord> {
  const look = async (path: string): Promise<unknown> => {
    const response = await fetch(new URL(path, simulator), {
      headers: { authorization: 'Bearer simulator', 'openai-beta': 'assistants=v2' },
    });
    if (!response.ok) throw new Error(`The simulator answered ${response.status} to ${path}.`);
    return response.json();
  };
  const { requests } = (await look('/_simulator/requests')) as Pick<ProviderRecord, 'requests'>;
  const { runs } = (await look('/_simulator/state')) as Pick<ProviderRecord, 'runs'>;
  const messages: ProviderRecord['messages'] = {};
  for (const threadId of new Set(runs.map(({ thread_id }) => thread_id))) {
    const { data } = (await look(`/v1/threads/${threadId}/messages?limit=100&order=asc`)) as MessageList;
    messages[threadId] = data
      .filter(({ role }) => role === 'user')
      .map(({ content }) => content.map(({ text }) => text?.value ?? '').join(''));
  }
  return { requests, runs, messages };
}

interface MessageList {
  data: { role: string; content: { text?: { value: string } }[] }[];
}
