import { RosterError } from '../../errors.ts';
import { reasonOf } from '../health.ts';
import type { FailedStep } from '../indexer/steps.ts';

/** Steps of maintenance that were not done, each named with its reason; the others were. Its cause has all errors. */
export class MaintenanceError extends RosterError {
  readonly code = 'MAINTENANCE_FAILED';

  constructor(failed: readonly FailedStep[]) {
    const steps = failed.map(({ step, error }) => `${step} (${reasonOf(error)})`);
    super(`not everything could be done, and the next call tries it again: ${steps.join('; ')}`, {
      cause: new AggregateError(failed.map(({ error }) => error)),
    });
  }
}
