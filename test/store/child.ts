/** A process of its own that uses a store: `child.ts URL open | append TENANT NAME COUNT | hold TENANT`. Its last line is JSON. */
import { once } from 'node:events';

import { openStore } from '../../src/store/store.ts';
import { entryOf } from './entries.ts';
import { toContent } from '../../src/store/append.ts';

const [, , url = '', task = '', tenant = '', name = '', count = '0'] = process.argv;
const store = await openStore({ url });
const tasks: Record<string, () => Promise<unknown>> = {
  open: () => store.check(),
  /** Some at a time, each asked for twice, as by a retry. */
  async append() {
    await once(process.stdin, 'data'); // so that all of them begin together
    process.stdin.destroy();
    for (let at = 0; at < Number(count); at += 3) {
      const entries = [0, 1, 2].map((index) => entryOf(`${name}:${at + index}`));
      await store.record.append(tenant, entries);
      await store.record.append(tenant, entries);
    }
  },
  /** Never ends when a content takes for ever to be written. */
  hold: () =>
    store.record.append(tenant, [entryOf('held:1'), entryOf('held:2')], [toContent({ held: true })]),
};
process.stdout.write('opened\n');
await tasks[task]?.();
await store.close();
process.stdout.write('done\n');
