import { createTable } from './tables.ts';

/** Numbers that outlive a restart: counters, and how far the clock is off. */
export const SETTINGS = createTable<{ id: string; value: number }>('settings');
