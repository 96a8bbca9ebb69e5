/**
 * The settings of our processes, from the environment. Each variable is read by one file of `config/`; a value that is missing or
 * malformed stops the process with a `ConfigError`.
 */
export { checkpointConfig } from './config/checkpoints.ts';
export { commandLineConfig, profileConfig } from './config/command-line.ts';
export { gatewayConfig } from './config/gateway.ts';
export { modelConfig } from './config/model.ts';
export { isTold, noticeConfig } from './config/notices.ts';
export { pushKeyConfig } from './config/push.ts';
export { providerConfig } from './config/provider.ts';
export { signInConfig } from './config/sign-in.ts';
export { simulatorConfig } from './config/simulator.ts';
export { signingConfig } from './config/signing.ts';
export { slackGatewayConfig } from './config/slack.ts';
export { storeConfig } from './config/store.ts';
export { temporalConfig } from './config/temporal.ts';
export { ConfigError, environment, setDefaults } from './config/variables.ts';
export type { Environment } from './config/variables.ts';
export { eventsConfig } from './config/webhooks.ts';
export { workerConfig } from './config/worker.ts';
