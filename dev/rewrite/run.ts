import { entities } from '../../src/entities/all.ts';
import { realClock } from '../../src/runtime.ts';
import { UsageError } from '../arguments.ts';
import { showPace } from '../search/pace.ts';
import { openTable, type TableCaller, targetName } from '../stage-table.ts';
import type { RewriteCommandOptions } from './options.ts';
import { type Rewritten, rewrite } from './rewrite.ts';

const EXAMPLES = 5;

/** Does what was asked for. The result goes to standard output. @returns the exit code */
export async function run(options: RewriteCommandOptions, caller: TableCaller): Promise<0 | 1> {
  const named = options.entities?.map(entityNamed) ?? entities;
  const table = await openTable(options, caller);
  const clock = realClock();
  const pace = showPace(clock, process.stderr);
  const total = await table.approximateRows();
  let done = 0;
  const onRows = (rows: number) => {
    done += rows;
    pace.update(options.isCheck ? 'looking' : 'rewriting', done, total);
  };
  try {
    const rewritten = await rewrite({ table, clock }, { ...options, entities: named, onRows });
    pace.end();
    for (const line of textOf(rewritten, options)) process.stdout.write(`${line}\n`);
    const left = options.isCheck ? rewritten.stale : rewritten.failed.length;
    return left > 0 ? 1 : 0;
  } finally {
    pace.end();
  }
}

function entityNamed(name: string) {
  const entity = entities.find((each) => each.name === name);
  if (entity) return entity;
  const known = entities.map((each) => each.name).join(', ');
  throw new UsageError(`--entity is "${name}"; give one of ${known}`);
}

function textOf({ items, stale, failed }: Rewritten, { isCheck, stage }: RewriteCommandOptions): string[] {
  const of = `of ${items} items in ${targetName(stage)}`;
  const head = isCheck
    ? `${stale} ${of} have other keys than those of today.`
    : `${stale - failed.length} ${of} were given the keys of today.`;
  const examples = failed.slice(0, EXAMPLES).map(({ key, reason }) => `  ${key}: ${reason}`);
  return failed.length === 0
    ? [head]
    : [
        head,
        `${failed.length} can't be written as they are:`,
        ...examples,
        ...(failed.length > EXAMPLES ? ['  …'] : []),
      ];
}
