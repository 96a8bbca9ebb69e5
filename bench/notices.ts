import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createClient, type CountersignClient } from '../src/client.ts';
import { turnOfApproval, turnWorkflowId } from '../src/contracts/ids.ts';
import { createWebhookSecret } from '../src/contracts/webhooks/signature.ts';
import { openStore } from '../src/store/store.ts';
import { openMailbox, type Mailbox } from '../test/support/mailbox.ts';
import { startSlack } from '../test/support/slack/server.ts';
import { inParallel } from './block.ts';
import { bundleOf } from './contest/countersign.ts';
import type { NoticesWorkerOptions } from './notices-worker.ts';
import { report } from './results.ts';
import { approve, completedTurn, heldTurn, progress, TENANT, withStage, type Stage } from './stage.ts';
import { latencyRow, median, quantile, ratioRow } from './statistics.ts';
import { createSubmitWatch } from './submit-watch.ts';

const DECISIONS = 60;
const NOTICES = 100;
const AT_ONCE = 10;
const WARM_UP = 5;
/** Until nothing is under way any more. */
const QUIET_MS = 500;
const NOTICE_MS = 2_000;
/** What a decision may cost with three channels on: as a multiple of the same without. */
const MOST = 1.1;

/**
 * What it costs to tell people: a decision and a turn with nobody told and with mail, Slack and events, in turns; and with so many
 * questions pending, how long after it was asked the next one is a mail at its server.
 *
 * @param options.count - questions that are pending, default 1000; with less, fewer decisions and notices are measured, too.
 */
export async function benchNotices({ count = 1_000 }: { count?: number }): Promise<void> {
  await withStage({}, async (stage) => {
    await using closing = new AsyncDisposableStack();
    const mailbox = await openMailbox();
    closing.defer(() => mailbox.close());
    const slack = await startSlack();
    closing.defer(() => slack.close());
    slack.users.set('U0BENCH', { id: 'U0BENCH' });
    const events = createServer((request, response) => request.resume().on('end', () => response.end()));
    await new Promise<void>((resolve) => events.listen(0, '127.0.0.1', resolve));
    closing.defer(() => void events.close());
    const { port } = events.address() as AddressInfo;
    const channels = {
      ...{ mail: mailbox.url, slack: slack.apiUrl, secret: createWebhookSecret() },
      events: `http://127.0.0.1:${port}/`,
    };
    const off = await startWorker(stage, 'off', null);
    closing.defer(() => off.close());
    const on = await startWorker(stage, 'on', channels);
    closing.defer(() => on.close());

    const decisions = Math.min(DECISIONS, Math.max(10, Math.floor(count / 10)));
    progress(`${decisions} decisions with nobody told and with three channels on, in turns`);
    const watch = createSubmitWatch(stage.simulator);
    const took = { off: [] as number[], on: [] as number[] };
    const sizes = { off: [] as number[], on: [] as number[] };
    for (let round = -WARM_UP; round < decisions; round += 1) {
      mailbox.mails.length = 0;
      const held = { off: await heldTurn(off), on: await heldTurn(on) };
      // People decide once they are told, and whoever is not told waits as long.
      await arrivalOf(mailbox, held.on.approvalId);
      await sleep(QUIET_MS);
      const inTurns = round % 2 === 0 ? (['off', 'on'] as const) : (['on', 'off'] as const);
      for (const name of inTurns) {
        const client = { off, on }[name];
        const beganAt = Date.now();
        await approve(client, held[name]);
        const { arrivedAtMs } = await watch.submitOf(held[name].runId);
        const turnId = turnOfApproval(held[name].approvalId) ?? '';
        await completedTurn(client, turnId);
        // What was told is brought up to date before the other one's decision.
        await sleep(QUIET_MS);
        if (round < 0) continue;
        took[name].push(arrivedAtMs - beganAt);
        sizes[name].push(await eventsOf(stage, turnId));
      }
    }

    progress(`${count} questions that wait`);
    await inParallel(count, AT_ONCE, async () => {
      await heldTurn(on);
    });
    const notices = Math.min(NOTICES, Math.max(10, Math.floor(count / 10)));
    progress(`${notices} questions more, one after the other`);
    const samples: number[] = [];
    for (let one = 0; one < notices; one += 1) {
      mailbox.mails.length = 0;
      const { approvalId, requestedAt } = await heldTurn(on);
      samples.push((await arrivalOf(mailbox, approvalId)) - Date.parse(requestedAt));
    }
    const p95 = quantile(samples, 0.95);
    await report('notices', [
      latencyRow('decision to submit, nobody told', took.off),
      latencyRow('decision to submit, mail, Slack and events', took.on),
      ratioRow('decision to submit, against nobody told', median(took.on), median(took.off), MOST),
      { name: 'events of a turn, nobody told', unit: 'events', value: median(sizes.off) },
      {
        name: 'events of a turn, mail, Slack and events',
        unit: 'events',
        value: median(sizes.on),
        worse: 'higher',
      },
      ratioRow('events of a turn, against nobody told', median(sizes.on), median(sizes.off), 1),
      { name: 'questions pending', unit: 'questions', value: count },
      latencyRow('question to mail, median', samples),
      {
        ...{
          name: 'question to mail, p95',
          unit: 'ms',
          value: p95,
          samples: samples.length,
          worse: 'higher',
        },
        goal: { text: `at most ${NOTICE_MS} ms`, met: p95 <= NOTICE_MS },
      },
    ]);
  });
}

async function startWorker(
  stage: Stage,
  name: string,
  channels: NoticesWorkerOptions['channels'],
): Promise<CountersignClient> {
  const taskQueue = `notices-${name}`;
  const database = `sqlite:${join(stage.folder, `${taskQueue}.sqlite`)}`;
  const store = await openStore({ url: database });
  await store.people.put(TENANT, [{ id: 'told', mail: 'told@acme.example', slackId: 'U0BENCH' }]);
  await store.close();
  const options: NoticesWorkerOptions = {
    ...{ taskQueue, database, channels, simulator: stage.simulator, bundle: bundleOf(stage) },
  };
  await stage.start(taskQueue, './notices-worker.ts', [JSON.stringify(options)]);
  return createClient({ connection: { address: stage.address }, namespace: 'default', taskQueue });
}

async function eventsOf({ temporal }: Stage, turnId: string): Promise<number> {
  const handle = temporal.workflow.getHandle(turnWorkflowId(TENANT, turnId));
  await handle.result();
  const { historyLength } = await handle.describe();
  return historyLength;
}

/** When the mail about this question had arrived whole, in ms since 1970. */
async function arrivalOf(mailbox: Mailbox, approvalId: string): Promise<number> {
  const giveUpAt = Date.now() + 60_000;
  while (Date.now() < giveUpAt) {
    const mail = mailbox.mails.find(({ text = '' }) => text.includes(approvalId));
    if (mail !== undefined) return mail.arrivedAtMs;
    await sleep(5);
  }
  throw new Error(`No mail about ${approvalId} has arrived within a minute.`);
}
