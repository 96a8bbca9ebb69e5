import { openStore, type Store, type StoreOptions } from '../store/store.ts';
import { logEvent } from './run-command.ts';

/** The store of a process that goes on without one: it also starts while the database is down. */
export function openServiceStore(options: Pick<StoreOptions, 'url'>): Promise<Store> {
  const onUnreachable = ({ message }: Error): void => {
    logEvent('store.unavailable', {
      level: 'WARN',
      message: `${message} Until then this process does without.`,
    });
  };
  return openStore({ ...options, onUnreachable });
}
