import { showProgress } from './progress.ts';
import type { Stack } from './stack.ts';

const SHOW_EVERY_MS = 50;

/**
 * Resolves once everything in the table can be found, what an earlier process left undone included.
 *
 * @param written how many items were written just now: about as many changes are on their way
 */
export async function untilIndexed(
  { poller }: Pick<Stack, 'poller'>,
  written: number,
  started: AsyncDisposableStack,
): Promise<void> {
  const progress = showProgress('indexing');
  started.defer(() => progress.end());
  const show = () => {
    // An interrupted seeding is on its way twice; of what an earlier process left, nobody knows how much it is.
    if (poller.delivered > 0) progress.update(poller.delivered, Math.max(written, poller.delivered));
  };
  const timer = setInterval(show, SHOW_EVERY_MS);
  try {
    await poller.caughtUp();
    show();
  } finally {
    clearInterval(timer);
    progress.end();
  }
}
