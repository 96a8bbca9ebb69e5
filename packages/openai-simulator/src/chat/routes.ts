import { toSeconds } from '../clock.ts';
import { eventStream } from '../http/event-stream.ts';
import { rateLimitHeaders } from '../http/headers.ts';
import { onPost } from '../http/router.ts';
import type { Parts } from '../parts.ts';
import { chooseScript } from '../scenario/model.ts';
import { checkArguments, complete } from './completion.ts';
import { createCompletion } from './schemas.ts';
import { completionEvents } from './stream.ts';
import { readTranscript } from './transcript.ts';

/**
 * Chat Completions. Nothing is stored: what the model does, the transcript of the request tells. The answer takes as long
 * as a run would: from queued to in progress, and thinking.
 */
export function addChatRoutes({ api, clock, scenario, latency, rules, pause }: Parts): void {
  api.use('/v1/chat/completions', rateLimitHeaders());

  onPost(api, 'chat.create', createCompletion, async ({ body }) => {
    checkArguments(body);
    const standing = readTranscript(body.messages);
    const script = chooseScript(scenario, standing.message);
    const created = toSeconds(clock.nowMs());
    const completion = complete(body, standing, script, created, rules.ids);
    const thinkMs = script.rule.thinkMs ?? latency.thinkMs;
    await pause(latency.startMs);
    if (body.stream === true) {
      const includeUsage = body.stream_options?.include_usage === true;
      return eventStream(completionEvents(completion, includeUsage, () => pause(thinkMs)));
    }
    await pause(thinkMs);
    return completion;
  });
}
