import {
  defineApp,
  defineAssistant,
  humanApprovalInstructions,
  MODEL,
  requestHumanApproval,
} from 'countersign';

const instructions = [
  'You help the editors of a small magazine with their letters to readers and authors.',
  humanApprovalInstructions({
    mustAsk: { money: '50 EUR', also: ['You promise a date on which something will be printed.'] },
    urgency: { critical: 'the issue goes to print within the hour.' },
  }),
].join('\n\n');

const askAPerson = requestHumanApproval({ within: '2d', approvers: ['editors'] });

export default defineApp({
  assistants: [defineAssistant({ name: 'letters', model: MODEL, instructions, tools: [askAPerson] })],
});
