/** A question that is asked at the Handover, too; the worker needs COUNTERSIGN_HANDOVER_URL and COUNTERSIGN_HANDOVER_API_KEY. */
import { defineApp, defineAssistant, defineTool, MODEL, requireApproval } from 'countersign';
import { z } from 'zod';

const sendContract = defineTool({
  name: 'send_contract',
  description: 'Send a contract to a customer.',
  parameters: z.strictObject({ customer: z.string(), yearlyCents: z.int() }),
  // #region policy
  policy: requireApproval({ within: '4h', askAlso: 'handover' }),
  // #endregion policy
  execute: ({ customer }) => `Sent to ${customer}.`,
});

export default defineApp({
  assistants: [
    defineAssistant({ name: 'sales', model: MODEL, instructions: 'You sell.', tools: [sendContract] }),
  ],
});
