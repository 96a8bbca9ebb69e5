import { ConfigError, eventsConfig } from '../../config.ts';
import { readSettingsFile } from '../../gateway/json-file.ts';
import { EndpointFileSchema, endpointProblem, type EventOptions } from '../../notices/events/endpoints.ts';

/**
 * The programs of COUNTERSIGN_EVENT_ENDPOINTS; undefined when it is not set.
 *
 * @throws SettingsFileError naming the file, the field and the remedy.
 * @throws ConfigError for an endpoint whose host may not be called.
 */
export function loadEvents(): EventOptions | undefined {
  const config = eventsConfig();
  if (config === undefined) return undefined;
  const { file, hosts } = config;
  const remedy = 'COUNTERSIGN_EVENT_ENDPOINTS names it: [{"name", "url", "secret", "tenants"?, "kinds"?}].';
  const events = { endpoints: readSettingsFile(file, EndpointFileSchema, remedy), hosts };
  const problem = endpointProblem(events);
  if (problem !== null) throw new ConfigError(`${file}: ${problem}`);
  return events;
}
