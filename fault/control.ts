import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { factsOf, type PointName, type Victim } from './points.ts';
import type { Strike, TurnPlan } from './plan.ts';
import { ReportSchema, type Order, type Report } from './reach.ts';

/**
 * Where processes ask what to do at a point. Each turn has at most one strike, armed from the start and fired once, by whoever
 * comes by first; a loss that has to come before it is fired first.
 */
export interface Control {
  url: string;
  /** How often each point was passed. */
  readonly passed: ReadonlyMap<string, number>;
  /** Strikes nobody has come by yet. */
  unfired(): { conversationId: string; strike: Strike }[];
  close(): Promise<void>;
}

interface Struck {
  conversationId: string;
  strike: Strike;
  /** Who came by. */
  process: string;
}

interface Armed {
  conversationId: string;
  strike: Strike;
  state: 'wants a loss' | 'armed' | 'fired';
  /** How often somebody has still to come by first. */
  passes: number;
}

export interface ControlOptions {
  turns: readonly TurnPlan[];
  /** Kills somebody else than the process that came by. Resolves when it is done. */
  killOther: (struck: Struck, victim: Exclude<Victim, 'worker'> | 'any worker') => Promise<void>;
  /** The process that came by is told to kill itself. */
  willDie: (struck: Struck) => void;
  /** A process of this turn's came by. */
  onPassed?: (conversationId: string, point: string) => void;
}

export async function startControl(options: ControlOptions): Promise<Control> {
  const armed = new Map<string, Armed>();
  for (const { conversationId, strike } of options.turns) {
    if (strike === undefined) continue;
    const wantsLoss = factsOf(strike.point).afterLoss !== undefined;
    const state = wantsLoss ? 'wants a loss' : 'armed';
    armed.set(conversationId, { conversationId, strike, state, passes: strike.passes ?? 0 });
  }
  const conversationOfThread = new Map<string, string>();
  const passed = new Map<string, number>();

  function conversationIn(clue: string): string | undefined {
    const named = /fault-\d+-\d+/.exec(clue)?.[0];
    const thread = /thread_\w+/.exec(clue)?.[0];
    if (named !== undefined && thread !== undefined) conversationOfThread.set(thread, named);
    return named ?? (thread === undefined ? undefined : conversationOfThread.get(thread));
  }

  async function judge({ process, point, clue }: Report): Promise<Order> {
    passed.set(point, (passed.get(point) ?? 0) + 1);
    const conversationId = conversationIn(clue);
    if (conversationId === undefined) return { order: 'go on' };
    options.onPassed?.(conversationId, point);
    const rule = armed.get(conversationId);
    if (rule === undefined || rule.state === 'fired') return { order: 'go on' };
    const { strike } = rule;
    if (rule.state === 'wants a loss') {
      if (point !== factsOf(strike.point).afterLoss) return { order: 'go on' };
      rule.state = 'armed';
      return { order: 'lose the answer' };
    }
    if (point !== reportedAs(strike.point)) return { order: 'go on' };
    if (rule.passes > 0) {
      rule.passes -= 1;
      return { order: 'go on' };
    }
    rule.state = 'fired';
    return fire({ conversationId: rule.conversationId, strike, process });
  }

  async function fire(struck: Struck): Promise<Order> {
    const { strike } = struck;
    const { host } = factsOf(strike.point);
    const isLater = strike.point.endsWith('.later');
    if (strike.victim === host) {
      options.willDie(struck);
      return { order: 'die', afterMs: isLater ? strike.delayMs : 0 };
    }
    const victim = strike.victim === 'worker' ? 'any worker' : strike.victim;
    if (isLater) setTimeout(() => void options.killOther(struck, victim), strike.delayMs);
    else await options.killOther(struck, victim);
    return { order: 'go on' };
  }

  const server = createServer((request, response) => {
    void answer(request, response, judge);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    passed,
    unfired: () =>
      [...armed.values()]
        .filter(({ state }) => state !== 'fired')
        .map(({ conversationId, strike }) => ({ conversationId, strike })),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A process reports `before` and `after`; `later` is ours to add. */
function reportedAs(point: PointName): string {
  return point.replace(/\.later$/, '.after');
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  judge: (report: Report) => Promise<Order>,
): Promise<void> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const report = ReportSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(await judge(report)));
  } catch {
    // The process that asked is gone, or the campaign is ending.
    response.destroy();
  }
}
