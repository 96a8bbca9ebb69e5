/** An assistant that reads files with tools which run at the provider. */
import { defineApp, defineAssistant, MODEL } from 'countersign';

// #region assistant
const reader = defineAssistant({
  name: 'reader',
  model: MODEL,
  instructions: 'You read reports and sum them up.',
  builtInTools: { codeInterpreter: true, fileSearch: true },
});
// #endregion assistant

export default defineApp({ assistants: [reader] });
