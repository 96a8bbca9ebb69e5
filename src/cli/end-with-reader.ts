/** A reader that has enough, such as `head`, ends the program: in order where it has begun something, else at once. */
export function endWithReader(): void {
  let isEnding = false;
  const end = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    if (isEnding) return;
    isEnding = true;
    if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
    else process.exit();
  };
  process.stdout.on('error', end);
  process.stderr.on('error', end);
}
