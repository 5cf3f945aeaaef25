import { MaintenanceError } from '../src/search/maintenance/errors.ts';
import { maintain } from '../src/search/maintenance/maintain.ts';
import type { Services } from '../src/services.ts';

/** As serverless.yml has it. */
const EVERY_MS = 300_000;

/** Looks after the search indexes as `maintain` does in Lambda: once now, and from then on every five minutes. */
export async function keepMaintained(services: Services, started: AsyncDisposableStack): Promise<void> {
  const look = () =>
    maintain(services, 'dev').catch((error: unknown) => {
      // What has failed is in the log already, step by step.
      if (!(error instanceof MaintenanceError)) throw error;
    });
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  // One after the other, however long each takes.
  const again = () => {
    if (!isOver) timer = setTimeout(() => void look().then(again), EVERY_MS);
  };
  await look();
  again();
  started.defer(() => {
    isOver = true;
    clearTimeout(timer);
  });
}
