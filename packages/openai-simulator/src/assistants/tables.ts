import { createTable } from '../state/tables.ts';
import type { Assistant, Message, RunStep, Thread } from './wire.ts';

export const ASSISTANTS = createTable<Assistant>('assistants');
export const THREADS = createTable<Thread>('threads');
export const MESSAGES = createTable<Message>('messages');
export const STEPS = createTable<RunStep>('steps');
