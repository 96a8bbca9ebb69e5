import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { openStore } from '../src/store/store.ts';
import { inParallel } from './block.ts';
import { usageOf } from './processes.ts';
import { report, type Row } from './results.ts';
import { approve, heldTurn, progress, TENANT, withStage, type Stage } from './stage.ts';
import { latencyRow } from './statistics.ts';
import { openTab, type Tab } from './tabs/tab.ts';

/** Cards that somebody looks at; each is open in several tabs. */
const CARDS = 50;
const TABS_OF_A_PERSON = 4;
const IDLE_MS = 20_000;
const CHANGES = 15;
const CHANGE_EVERY_MS = 2_000;
const GOALS = { memoryMb: 300, idlePercent: 5 };

/**
 * Tabs of the inbox that are open at one gateway, half of them lists and half cards, each with a stream of its own and a session. They do
 * what the page does: they read their parts again when they hear of news.
 */
export async function benchTabs({ count = 1_000 }: { count?: number }): Promise<void> {
  await withStage({ keepsState: true, runTtlSeconds: 86_400 }, async (stage) => {
    const held: Awaited<ReturnType<typeof heldTurn>>[] = [];
    progress(`Asking ${CARDS} questions`);
    await inParallel(CARDS, 10, async () => {
      held.push(await heldTurn(stage.client));
    });
    const cookies = await signIn(stage, Math.ceil(count / TABS_OF_A_PERSON));
    const heard = createEar();
    const open = (index: number): Promise<Tab> => {
      const { approvalId = '' } = held[Math.floor(index / 2) % CARDS] ?? {};
      const path = index % 2 === 0 ? '/inbox' : `/inbox/approvals/${approvalId}`;
      const cookie = cookies[Math.floor(index / TABS_OF_A_PERSON)] ?? '';
      return openTab({ gateway: stage.gateway, path, cookie, hear: heard.hear });
    };

    progress('Warming up');
    for (let index = 0; index < 2; index += 1) (await open(index)).close();
    await sleep(IDLE_MS / 4);
    const before = await usage(stage);
    progress(`Opening ${count} tabs`);
    const tabs: Tab[] = [];
    await inParallel(count, 10, async (index) => {
      tabs.push(await open(index));
    });
    const opened = await usage(stage);
    await sleep(IDLE_MS);
    const idle = await usage(stage);

    progress(`Deciding ${CHANGES} questions`);
    for (const approval of held.slice(0, CHANGES)) {
      heard.begin();
      await approve(stage.client, approval);
      await sleep(CHANGE_EVERY_MS);
    }
    const busy = await usage(stage);
    const lost = tabs.filter((tab) => !tab.isOpen() && !tab.isOver()).length;
    for (const tab of tabs) tab.close();

    const most = Math.max(opened.memoryMb, idle.memoryMb, busy.memoryMb);
    await report('tabs', [
      ...[row('memory of the gateway before', 'MB', before.memoryMb)],
      row(`memory with ${count} tabs`, 'MB', idle.memoryMb),
      row('memory of one tab', 'kB', ((idle.memoryMb - before.memoryMb) * 1_000) / count),
      row(`most memory, with a change every ${CHANGE_EVERY_MS / 1_000} s`, 'MB', most, {
        text: `less than ${GOALS.memoryMb}`,
        met: most < GOALS.memoryMb,
      }),
      row('processor while nothing happens', '% of a CPU', percent(opened, idle), {
        text: `less than ${GOALS.idlePercent}`,
        met: percent(opened, idle) < GOALS.idlePercent,
      }),
      row(`processor with a change every ${CHANGE_EVERY_MS / 1_000} s`, '% of a CPU', percent(idle, busy)),
      latencyRow('from a decision to a card of it', heard.ofCards),
      latencyRow('from a decision to a list', heard.ofLists),
      row('streams that were lost', 'streams', lost, { text: '0', met: lost === 0 }),
    ]);
  });
}

function row(name: string, unit: string, value: number, goal?: Row['goal']): Row {
  return { name, unit, value, worse: 'higher', ...(goal && { goal }) };
}

interface Used {
  at: number;
  cpuMs: number;
  memoryMb: number;
}

async function usage(stage: Stage): Promise<Used> {
  const { gateway } = await stage.pids();
  const { cpuMs, memoryBytes } = await usageOf(gateway ?? -1);
  return { at: performance.now(), cpuMs, memoryMb: memoryBytes / 2 ** 20 };
}

function percent(from: Used, to: Used): number {
  return ((to.cpuMs - from.cpuMs) / (to.at - from.at)) * 100;
}

/** People with sessions, as a sign-in makes them. @returns their cookies. */
async function signIn({ folder }: Stage, people: number): Promise<string[]> {
  const store = await openStore({ url: `sqlite:${join(folder, 'store.sqlite')}` });
  try {
    const cookies: string[] = [];
    for (let index = 0; index < people; index += 1) {
      const approver = { id: `person-${index}`, groups: ['bench'] };
      const details = { approver, authenticated: { by: 'link' } };
      const { token } = await store.sessions.create({ tenant: TENANT, personId: approver.id, details });
      cookies.push(`countersign_session=${token}`);
    }
    return cookies;
  } finally {
    await store.close();
  }
}

/** Times how long after the beginning of a change tabs hear of it: the first time each. */
function createEar() {
  const [ofCards, ofLists]: [number[], number[]] = [[], []];
  let beganAt = Number.POSITIVE_INFINITY;
  let heardNow = new Set<Tab>();
  return {
    ...{ ofCards, ofLists },
    begin: () => {
      beganAt = performance.now();
      heardNow = new Set();
    },
    hear: (tab: Tab) => {
      const afterMs = performance.now() - beganAt;
      if (afterMs < 0 || heardNow.has(tab)) return;
      heardNow.add(tab);
      (tab.path === '/inbox' ? ofLists : ofCards).push(afterMs);
    },
  };
}
