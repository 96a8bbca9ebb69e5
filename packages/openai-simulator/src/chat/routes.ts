import { toSeconds } from '../clock.ts';
import { eventStream } from '../http/event-stream.ts';
import { rateLimitHeaders } from '../http/headers.ts';
import { onPost } from '../http/router.ts';
import type { Parts } from '../parts.ts';
import { chooseScript } from '../scenario/model.ts';
import { checkArguments, complete } from './completion.ts';
import { createCompletion } from './schemas.ts';
import { completionEvents } from './stream.ts';
import { COMPLETIONS } from './tables.ts';
import { readTranscript } from './transcript.ts';

/**
 * Chat Completions. What the model does, the transcript of the request tells, whether or not its answer is stored. The answer takes as long
 * as a run would: from queued to in progress, and thinking.
 */
export function addChatRoutes({ api, store, clock, scenario, latency, rules, pause }: Parts): void {
  api.use('/v1/chat/completions', rateLimitHeaders(isAnswered));

  onPost(api, 'chat.create', createCompletion, async ({ body }) => {
    checkArguments(body);
    const standing = readTranscript(body.messages);
    const script = chooseScript(scenario, standing.message);
    const created = toSeconds(clock.nowMs());
    const completion = complete(body, standing, script, created, rules.ids);
    const thinkMs = script.rule.thinkMs ?? latency.thinkMs;
    if (body.store === true) {
      const { id } = completion;
      store.write([
        COMPLETIONS.put({ id, completion: { metadata: {}, ...completion }, messages: body.messages }),
      ]);
    }
    await pause(latency.startMs);
    if (body.stream === true) {
      const includeUsage = body.stream_options?.include_usage === true;
      return eventStream(completionEvents(completion, includeUsage, () => pause(thinkMs)));
    }
    await pause(thinkMs);
    return completion;
  });
}

/** A model answers what has a body; a list of what is stored has none. */
const isAnswered = (body: unknown): boolean => body !== null;
