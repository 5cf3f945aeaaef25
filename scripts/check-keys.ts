import { parseOptions, UsageError } from '../dev/arguments.ts';
import { entityRefusals } from './keys/entity-changes.ts';
import type { Layout } from './keys/layout.ts';
import { explain, type Refusal } from './keys/refusal.ts';
import { declaredLayout, readSnapshot, SNAPSHOT, snapshotAt, textOf, writeSnapshot } from './keys/snapshot.ts';
import { tableRefusals } from './keys/table-changes.ts';

// Compares the keys that entities and table declare with those that are noted as deployed, and refuses changes that would
// lose sight of items or that no deployment can make; docs/changing-keys.md.
const USAGE = 'npm run check:keys -- [--write] [--since COMMIT | --back-from COMMIT] [--accept NAME]...';

const OPTIONS = {
  /** Notes what is safe. */
  write: { type: 'boolean', default: false },
  /** Changes that are safe by what was done before, by the names that they are refused under. */
  accept: { type: 'string', multiple: true, default: [] as string[] },
  /** Also compares with a commit that is deployed, in case that several changes were noted since: each was safe by what came before. */
  since: { type: 'string' },
  /** Compares the table alone, where this is from before that commit and is to be deployed again; says what that does to items. */
  'back-from': { type: 'string' },
  /** Another file than the committed one. */
  snapshot: { type: 'string', default: SNAPSHOT },
} as const;

type Arguments = ReturnType<typeof parseOptions<typeof OPTIONS>>['values'];

/** @returns what is to be told, and whether all is well */
async function check({
  write,
  accept,
  since,
  snapshot,
  ...more
}: Arguments): Promise<readonly [text: string, isFine: boolean]> {
  const now = await declaredLayout();
  const before = await readSnapshot(snapshot);
  const all = before ? [...entityRefusals(before, now), ...tableRefusals(before, now)] : [];
  const deployed = await layoutOfCommit(since ?? more['back-from']);
  const steps = deployed && since !== undefined ? entityRefusals(deployed, now).map(skipped) : [];
  const unknown = accept.filter((name) => ![...all, ...steps].some(({ what }) => what === name));
  if (unknown.length > 0) throw new UsageError(`--accept ${unknown.join(', ')}: nothing of that name is refused`);
  const sinceThen = deployed ? tableRefusals(deployed, now) : [];
  const refused = [...[...all, ...steps].filter(({ what }) => !accept.includes(what)), ...sinceThen];
  if (refused.length > 0) return [refusalText(refused), false];
  if (before && textOf(before) === textOf(now))
    return [[`${snapshot} is what the code says`, ...(since ? [] : lossesFrom(deployed, now))].join('\n\n'), true];
  if (!write) return [`${snapshot} is stale; run "npm run check:keys -- --write" and commit what changed`, false];
  await writeSnapshot(snapshot, now);
  return [`${snapshot} is written; commit it`, true];
}

/** A change that was noted as one step of several; whether those before it are done on a stage, no commit knows. */
const skipped = ({ what, why }: Refusal): Refusal => ({
  what,
  why: `of what is deployed, ${why}`,
  instead: [
    'Where commits since then have several steps of docs/changing-keys.md for it, deploy the commit of the first one first.',
    'See that what comes before this step is done on the stage: npm run rewrite -- --check --stage STAGE tells whether items have other keys than those of today.',
    `Then say so: --accept ${what}, or "accept" of the workflow that deploys.`,
  ],
});

const layoutOfCommit = (commit: string | undefined) =>
  commit === undefined ? Promise.resolve(undefined) : snapshotAt(commit);

/** What older code makes of items that newer code has written: it goes on, and whoever deploys it knows. */
function lossesFrom(newer: Layout | undefined, older: Layout): string[] {
  const losses = newer ? entityRefusals(newer, older) : [];
  if (losses.length === 0) return [];
  return ['Until newer code is deployed again:', ...losses.map(({ what, why }) => `${what}: ${why}`)];
}

const refusalText = (refused: readonly Refusal[]) =>
  ['These changes must not be made in one go; see docs/changing-keys.md.', ...refused.map(explain)].join('\n\n');

try {
  const [text, isFine] = await check(parseOptions(process.argv.slice(2), OPTIONS, USAGE).values);
  process[isFine ? 'stdout' : 'stderr'].write(`${text}\n`);
  process.exitCode = isFine ? 0 : 1;
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
  process.exitCode = 1;
}
