import type {
  InteractionLogConfig,
  InteractionLogOptions,
} from '../contracts/interaction-log/interaction.ts';
import { openTelemetrySink } from './open-telemetry.ts';
import { reconifySink } from './reconify.ts';

/** The log that the environment asks for (`COUNTERSIGN_INTERACTION_LOG`). */
export function fromConfig(config: InteractionLogConfig): InteractionLogOptions {
  const { content } = config;
  switch (config.sink) {
    case 'otel':
      return { sink: openTelemetrySink(), content };
    case 'reconify':
      return { sink: reconifySink(config), content };
    default:
      return config satisfies never;
  }
}
