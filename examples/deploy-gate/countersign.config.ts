import { allow, defineApp, defineAssistant, defineTool, MODEL, requireApproval } from 'countersign';
import { z } from 'zod';

import { history, rollOut, unfinished } from './deploys.ts';

const service = z.enum(['payments', 'search']);
const version = z.string().regex(/^v\d+$/, 'must look like v42');

const showDeploys = defineTool({
  name: 'show_deploys',
  description: 'Show the journal of the deploys of a service.',
  parameters: z.strictObject({ service }),
  policy: allow(),
  effect: 'idempotent',
  execute: ({ service }) => history(service),
});

const deploy = defineTool({
  name: 'deploy',
  description: 'Roll a version of a service out to production.',
  parameters: z.strictObject({ service, version }),
  // Whoever decides is told of an earlier attempt that nobody knows the end of.
  policy: (release) => {
    const began = unfinished(release);
    const reason =
      began === null
        ? 'Every deploy to production needs a person.'
        : `A deploy of this version began at ${began} and its end is unknown. Look at production first.`;
    return requireApproval({ within: '8h', reason });
  },
  // Production cannot be asked whether it has taken this very call, so no call is made twice.
  effect: 'at-most-once',
  timeout: '5m',
  execute: async (release) => {
    await rollOut(release);
    return `Deployed ${release.service} ${release.version}.`;
  },
});

export default defineApp({
  assistants: [
    defineAssistant({
      name: 'releases',
      model: MODEL,
      instructions:
        'You deploy services when you are asked to. When the outcome of a deploy is unknown, say so and do not deploy again by yourself.',
      tools: [showDeploys, deploy],
    }),
  ],
});
