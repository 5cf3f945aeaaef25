import { describe, expect, it } from 'vitest';
import type { Row } from '../src/entities/core/statements.ts';
import { Office, Task } from '../src/entities/index.ts';
import { officeSearch, taskSearch } from '../src/search/index.ts';
import { Backlog, type Batch, type Occasion } from '../src/search/rebuild/backlog.ts';
import type { SegmentProgress } from '../src/search/table-scan.ts';

const LIMITS = { pages: 4, ageMs: 1_000, smallestBatchRows: 2 };
const NEVER_RUSHED = { ...LIMITS, pages: 100 };

let made = 0;
const offices = (count: number): Row[] =>
  Array.from({ length: count }, () => ({ ...Office.key('acme', `o${made++}`) }));
const tasks = (count: number): Row[] => Array.from({ length: count }, () => ({ ...Task.key('acme', `t${made++}`) }));

const backlogOf = (limits = LIMITS, segments: readonly SegmentProgress[] = [null, null]) =>
  new Backlog([officeSearch, taskSearch], { segments, rows: 100 }, limits);

const at = (place: string) => ({ pk: place, sk: place });

const add = (backlog: Backlog, rows: readonly Row[], next?: string, segment = 0, nowMs = 0) =>
  backlog.add({ segment, rows, next: next === undefined ? undefined : at(next) }, nowMs);

const take = (backlog: Backlog, occasion: Partial<Occasion> = {}): Batch | undefined =>
  backlog.take({ batchRows: 5, nowMs: 0, isIdle: false, isLast: false, ...occasion });

function taken(backlog: Backlog, occasion: Partial<Occasion> = {}): Batch {
  const batch = take(backlog, occasion);
  if (!batch) throw new Error('nothing was to be sent');
  return batch;
}

describe('what is recorded', () => {
  it('goes up to the first row that is not in the indexes, whatever is behind it', () => {
    const backlog = backlogOf(NEVER_RUSHED);
    add(backlog, [...offices(1), ...tasks(3)], 'first');
    add(backlog, tasks(2), 'second');
    const batch = taken(backlog);
    expect(batch.rows).toHaveLength(5);
    backlog.done(batch);
    expect(backlog.progress).toEqual({ segments: [null, null], rows: 100 });
    backlog.done(taken(backlog, { isLast: true }));
    expect(backlog.progress).toEqual({ segments: [at('second'), null], rows: 106 });
  });

  it('is the end of a segment once its last page is done, and nothing of another', () => {
    const backlog = backlogOf(NEVER_RUSHED, [at('begun'), null]);
    add(backlog, tasks(5), 'further', 1);
    add(backlog, tasks(5));
    const [other, last] = [taken(backlog), taken(backlog)];
    backlog.done(last);
    expect(backlog.progress).toEqual({ segments: ['done', null], rows: 105 });
    backlog.done(other);
    expect(backlog.progress).toEqual({ segments: ['done', at('further')], rows: 110 });
  });

  it('goes on behind rows that no index is of, and empty pages', () => {
    const backlog = backlogOf();
    const { progress } = backlog;
    expect(backlog.progress).toBe(progress);
    add(backlog, [at('elsewhere')], 'first');
    expect(backlog.progress).toEqual({ segments: [at('first'), null], rows: 101 });
    add(backlog, []);
    expect(backlog.progress).toEqual({ segments: ['done', null], rows: 101 });
  });

  it('is not moved by half of the rows of a page', () => {
    const backlog = backlogOf();
    add(backlog, tasks(7), 'first');
    backlog.done(taken(backlog));
    expect(backlog.progress.segments).toEqual([null, null]);
    backlog.done(taken(backlog, { isLast: true }));
    expect(backlog.progress.segments).toEqual([at('first'), null]);
  });
});

describe('what is sent', () => {
  it('is each row once, the oldest first, as many as a batch has', () => {
    const backlog = backlogOf();
    const rows = tasks(12);
    add(backlog, rows.slice(0, 7), 'first');
    add(backlog, rows.slice(7), 'second');
    const batches = [taken(backlog), taken(backlog), taken(backlog, { isLast: true })];
    expect(batches.map((batch) => batch.rows)).toEqual([rows.slice(0, 5), rows.slice(5, 10), rows.slice(10)]);
    expect(take(backlog, { isLast: true })).toBeUndefined();
  });

  it('is of the entity that has most, and waits for a whole batch unless nothing else is sent', () => {
    const backlog = backlogOf();
    const [own, others] = [tasks(3), offices(2)];
    add(backlog, [...others, ...own], 'first');
    expect(take(backlog)).toBeUndefined();
    expect(take(backlog, { isIdle: true })?.rows).toEqual(own);
    expect(take(backlog, { isIdle: true })?.rows).toEqual(others);
    add(backlog, tasks(1), 'second');
    expect(take(backlog, { isIdle: true })).toBeUndefined();
  });

  it('is of the entity that has most, whichever was declared first', () => {
    const backlog = backlogOf();
    const own = offices(3);
    add(backlog, [...tasks(2), ...own], 'first');
    expect(take(backlog, { isIdle: true })?.rows).toEqual(own);
  });

  it('is no more than a batch, be that less than the smallest', () => {
    const backlog = backlogOf();
    const own = tasks(1);
    add(backlog, own, 'first');
    expect(take(backlog, { batchRows: 1, isIdle: true })?.rows).toEqual(own);
  });

  it('waits no longer than for half of the pages that may be held, few as the rows are', () => {
    const backlog = backlogOf();
    const few = offices(1);
    add(backlog, few, 'first');
    add(backlog, tasks(1), 'second');
    expect(take(backlog)).toBeUndefined();
    add(backlog, tasks(3), 'third');
    expect(take(backlog)?.rows).toEqual(few);
    expect(take(backlog)).toBeUndefined();
  });

  it('waits no longer than the time that rows may be held', () => {
    const backlog = backlogOf();
    const few = offices(2);
    add(backlog, few.slice(0, 1), 'first', 0, 100);
    add(backlog, [...few.slice(1), ...tasks(1)], 'second', 0, 200);
    expect(take(backlog, { nowMs: 1_099 })).toBeUndefined();
    expect(take(backlog, { nowMs: 1_100 })?.rows).toEqual(few);
  });

  it('is all that is left, of several entities together, when nothing more comes', () => {
    const backlog = backlogOf();
    const [own, others] = [tasks(4), offices(3)];
    add(backlog, [...own, ...others]);
    expect(take(backlog, { isLast: true })?.rows).toEqual([...others, ...own.slice(0, 2)]);
    expect(take(backlog, { isLast: true })?.rows).toEqual(own.slice(2));
  });
});

describe('reading', () => {
  it('waits while a batch does, and goes on when that is sent', () => {
    const backlog = backlogOf();
    add(backlog, [...tasks(4), ...offices(4)], 'first');
    expect(backlog.isFull(5)).toBe(false);
    add(backlog, tasks(1), 'second');
    expect(backlog.isFull(5)).toBe(true);
    taken(backlog);
    expect(backlog.isFull(5)).toBe(false);
  });

  it('waits for the oldest page while as many are not done as may be held', () => {
    const backlog = backlogOf();
    add(backlog, tasks(1), 'first');
    const first = taken(backlog, { isLast: true });
    for (const place of ['second', 'third', 'fourth']) add(backlog, [at(place)], place);
    expect(backlog.isFull(5)).toBe(true);
    expect(backlog.progress.segments).toEqual([null, null]);
    backlog.done(first);
    expect(backlog.isFull(5)).toBe(false);
    expect(backlog.progress.segments).toEqual([at('fourth'), null]);
  });
});
