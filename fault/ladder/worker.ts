import { endWithParent, tellReady } from '../../src/cli/child-process.ts';
import { untilStopped } from '../../src/cli/run-command.ts';
import { openServiceStore } from '../../src/cli/service-store.ts';
import { useJsonLogs } from '../../src/cli/worker-log.ts';
import type { NoticeChannel } from '../../src/notices/channel.ts';
import { createMailChannel } from '../../src/notices/mail/mail.ts';
import { createSlackChannel } from '../../src/notices/slack/slack.ts';
import { createWorker } from '../../src/worker.ts';
import { TOKEN } from '../../test/support/slack/server.ts';
import { NAMESPACE, readSettings } from '../settings.ts';
import { app } from './app.ts';
import { LADDER_QUEUE, LadderWorkerSettings, type LadderPlant } from './settings.ts';

/** The worker of the ladder run: the real one, with the real channels. */
const settings = readSettings(LadderWorkerSettings);
/** Compressed, as the ladder is. */
const LIMIT_MS = 2_000;
useJsonLogs();
const store = await openServiceStore({ url: settings.store });
const channels = [
  createMailChannel({ url: settings.mail, from: 'signoff@acme.example', limitMs: LIMIT_MS }),
  createSlackChannel({ token: TOKEN, apiUrl: settings.slack, limitMs: LIMIT_MS }),
].map((channel) => planted(channel, settings.plant));
const worker = await createWorker({
  app,
  provider: { apiKey: 'simulator', baseURL: settings.provider },
  temporal: { connection: { address: settings.temporal }, namespace: NAMESPACE, taskQueue: LADDER_QUEUE },
  store,
  notices: { channels, publicUrl: 'https://inbox.acme.example', perHour: 1_000_000 },
  workflowBundle: { codePath: settings.workflowBundle },
});
const stopped = untilStopped();
endWithParent();
const working = worker.run();
tellReady({});
void stopped.then(() => worker.shutdown());
await working;
await store.close();

function planted(channel: NoticeChannel, plant: LadderPlant | null): NoticeChannel {
  switch (plant) {
    case 'forgotten-end':
      return { ...channel, update: () => Promise.resolve() };
    case 'double-reminder':
      return {
        ...channel,
        async send(message, signal) {
          if (message.kind === 'remind')
            await channel.send({ ...message, id: `${message.id}:again` }, signal);
          return channel.send(message, signal);
        },
      };
    case 'swallowed':
      return { ...channel, send: () => Promise.resolve({}), update: () => Promise.resolve() };
    case 'swallowed-reminder':
      if (channel.name !== 'mail') return channel;
      return {
        ...channel,
        send: (message, signal) =>
          message.kind === 'remind' ? Promise.resolve({}) : channel.send(message, signal),
      };
    case 'needless-alarm':
      return {
        ...channel,
        async send(message, signal) {
          // Whoever is reminded has been told before.
          if (message.kind === 'remind')
            await store.record.append(message.tenant, message.cards.map(toAlarm));
          return channel.send(message, signal);
        },
      };
    case null:
      return channel;
    default:
      return plant satisfies never;
  }
}

function toAlarm({ approvalId }: { approvalId: string }) {
  return {
    ...{ kind: 'noticed' as const, id: `noticed:${approvalId}:nobody`, approvalId },
    ...{ time: new Date().toISOString(), reason: 'nobody: planted' },
  };
}
