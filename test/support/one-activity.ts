import { NativeConnection, Worker } from '@temporalio/worker';

/** A worker that takes no workflow task, and no activity but this one, once. Resolves when Temporal has its result. */
export async function doActivity(
  { address, taskQueue }: { address: string; taskQueue: string },
  name: string,
  result: unknown,
): Promise<void> {
  const done = Promise.withResolvers<null>();
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    ...{ connection, namespace: 'default', taskQueue },
    activities: {
      [name]: () => {
        done.resolve(null);
        return Promise.resolve(result);
      },
    },
  });
  await worker.runUntil(done.promise);
  await connection.close();
}
