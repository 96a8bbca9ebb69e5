import { testPattern } from './pattern.ts';

testPattern('chat-pattern', 'A-1042');
