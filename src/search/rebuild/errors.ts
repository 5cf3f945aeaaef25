import { RosterError } from '../../errors.ts';
import type { Ending, RunValues } from './run-record.ts';

/** Another process works on the rebuild, or on another one of the same entities. */
export class RunBusyError extends RosterError {
  readonly code = 'SEARCH_RUN_BUSY';
}

/** The rebuild is being ended in another way already. */
export class RunEndingError extends RosterError {
  readonly code = 'SEARCH_RUN_ENDING';

  constructor({ entities }: Pick<RunValues, 'entities'>, ending: Ending) {
    const what = ending === 'removal' ? 'the indexes beside the live ones are removed' : 'it is rolled back';
    super(`the rebuild of ${entities.join(', ')} is being ended already: ${what}`);
  }
}

/** Calls bring the rebuild no further, each of which fails, or too many comparisons have found differences. */
export class RunStuckError extends RosterError {
  readonly code = 'SEARCH_RUN_STUCK';

  constructor({ entities, attempts, failedPasses = 0 }: Pick<RunValues, 'entities' | 'attempts' | 'failedPasses'>) {
    super(
      `the rebuild of ${entities.join(', ')} leads to nothing: ${attempts - 1} calls brought it no further, and ${failedPasses} comparisons did not find its indexes equal to the table; see what the log tells, and go on by npm run search -- reindex, or give it up by --abort`,
    );
  }
}
