import { apply } from '../../../src/search/indexer/apply.ts';
import { redriveLetters } from '../dead-letters/redrive.ts';
import type { ExitCode, Surroundings } from '../target.ts';

/** Indexes what the stream gave up on. */
export async function redrive({ target, print, note, signal }: Surroundings): Promise<ExitCode> {
  const { services } = target;
  const letters = await target.deadLetters();
  const { removed, applied, quarantined, failed, gone } = await redriveLetters(
    letters,
    (keys) => apply(services, keys),
    signal,
  );
  if (signal.aborted) print(`Stopped. ${removed} dead letters done; the same command goes on with the others.`);
  else if (removed + failed.length + gone.length === 0) print(`There are no dead letters in ${letters.place}.`);
  else print(`${removed} dead letters done: ${applied} items indexed, ${quarantined} in quarantine.`);
  for (const label of failed) print(`Could not be indexed now, and stays: ${label}`);
  for (const label of gone) print(`Not in the stream any more, and stays: ${label}`);
  if (failed.length > 0) note('Once the search engine takes writes again, redrive tries them again.');
  if (gone.length > 0)
    note('What these held nobody can tell; npm run search -- doctor --repair finds whatever the indexes lack.');
  if (signal.aborted) return 130;
  return failed.length + gone.length === 0 ? 0 : 1;
}
