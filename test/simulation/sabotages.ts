import { isRecordKey } from '../../src/entities/core/records.ts';
import type { Delete, Put, Row, TableKey } from '../../src/entities/core/statements.ts';
import { keyText, statementKey } from '../../src/entities/core/statements.ts';
import type { ScannableTable } from '../../src/entities/core/table.ts';
import type { Engine, TaskState } from '../../src/search/engine/engine.ts';
import type { Outside, Sabotage } from './indexer-process.ts';
import { isRecordOf } from './record-keys.ts';

/** The same service with some methods replaced. */
const withMethods = <T extends object>(service: T, methods: Partial<T>): T =>
  new Proxy(service, {
    get: (target, name) => {
      const member: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });

const onTable =
  (replace: (table: ScannableTable) => Partial<ScannableTable>): Sabotage =>
  (outside) => ({ ...outside, table: withMethods(outside.table, replace(outside.table)) });

const onEngine =
  (replace: (engine: Engine, outside: Outside) => Partial<Engine>): Sabotage =>
  (outside) => ({ ...outside, engine: withMethods(outside.engine, replace(outside.engine, outside)) });

const HOUR_MS = 3_600_000;

/** While a batch is under way, items or states of it are read as they were, or were shown, when it began. */
const frozenWhileSending =
  (isFrozen: (key: TableKey) => boolean): Sabotage =>
  (outside) => {
    const { table } = outside;
    const before = new Map<string, Row | undefined>();
    let sending = 0;
    const frozen: Partial<ScannableTable> = {
      async batchGet(keys, options) {
        const rows = new Map((await table.batchGet(keys, options)).map((row) => [keyText(row), row]));
        for (const key of keys.filter(isFrozen)) {
          const text = keyText(key);
          if (sending > 0 && before.has(text)) {
            const row = before.get(text);
            if (row) rows.set(text, row);
            else rows.delete(text);
          } else before.set(text, rows.get(text));
        }
        return [...rows.values()];
      },
      async batchWrite(statements) {
        const keys = statements.filter((each) => isRecordOf('searchIntent', statementKey(each)));
        const isBegun = keys.some((each) => 'Put' in each);
        // Whoever loses a writer notes it, and keeps the intent.
        const isEnded = keys.some((each) => 'Delete' in each) || statements.some(isFencing);
        if (isBegun) sending++;
        if (isEnded) {
          sending = Math.max(0, sending - 1);
          before.clear();
        }
        await table.batchWrite(statements);
      },
    };
    return {
      ...outside,
      table: withMethods(table, frozen),
      onSeen: (seen) => {
        for (const [text, row] of seen) if (!row || isFrozen(row)) before.set(text, row);
      },
    };
  };

const isFencing = (statement: Put | Delete): boolean =>
  'Put' in statement && isRecordOf('searchWriter', statementKey(statement)) && 'fencedAt' in (statement.Put.Item ?? {});

/** As if it had succeeded. */
const done = (task: TaskState, indexedDocuments: number): TaskState => {
  const { error: _error, ...rest } = task;
  return { ...rest, status: 'succeeded', indexedDocuments };
};

/** Remembers how many documents were sent by each task, and lets the answer be another one. */
const onTasks = (answer: (task: TaskState, sent: number) => TaskState): Sabotage => {
  const sent = new Map<number, number>();
  return onEngine((engine) => ({
    async addDocuments(key, index, body) {
      const ref = await engine.addDocuments(key, index, body);
      sent.set(ref.uid, (JSON.parse(body) as unknown[]).length);
      return ref;
    },
    async task(uid) {
      const task = await engine.task(uid);
      return task && answer(task, sent.get(uid) ?? 0);
    },
  }));
};

/**
 * What the indexer can't do without, taken away from outside: with each of these, some seed must diverge, or else the
 * simulation could not tell whether it is there.
 */
export const SABOTAGES = {
  /** Step 4: items are read again once they were accepted. */
  'no re-read': () => frozenWhileSending((key) => !isRecordKey(key)),
  /** Step 4: the states of the indexes are read again too. */
  'no epoch fence': () => frozenWhileSending((key) => isRecordOf('searchState', key)),
  /** Step 3: 202 is not success. */
  'no task wait': () => onTasks((task, sent) => done(task, sent)),
  /** Step 3: failed is not done. */
  'no look at failures': () =>
    onTasks((task, sent) => (task.status === 'failed' || task.status === 'canceled' ? done(task, sent) : task)),
  /** Step 5: what may still arrive is checked again. */
  'no suspects': () =>
    onTable((table) => ({
      async batchWrite(statements) {
        await table.batchWrite(
          statements.filter((each) => 'Delete' in each || !isRecordOf('searchIntent', statementKey(each))),
        );
      },
    })),
  /** Step 5: only the server can end late requests, by keys that are withdrawn and that end by themselves. */
  'no fence': () =>
    onEngine(({ createWriteKey }) => ({
      createWriteKey: (uid, expiresAt) => createWriteKey(uid, new Date(expiresAt.getTime() + HOUR_MS)),
      deleteKey: async () => undefined,
    })),
  /** Step 5: bodies under way arrive after their key was withdrawn, or has ended. */
  'no grace': () =>
    onTable((table) => ({
      async batchGet(keys, options) {
        const rows = await table.batchGet(keys, options);
        return rows.map((row) => {
          if (!isRecordOf('searchWriter', row) || typeof row['fencedAt'] !== 'string') return row;
          const longAgo = new Date(Date.parse(row['fencedAt']) - HOUR_MS).toISOString();
          return { ...row, fencedAt: longAgo, expiresOn: longAgo };
        });
      },
    })),
  /** Step 1: only consistent reads see what the record tells of. */
  'eventual reads': () =>
    onTable((table) => ({
      batchGet: (keys, options) => table.batchGet(keys, { ...options, consistent: false }),
    })),
  /** What can't be indexed is listed. */
  'no quarantine': () =>
    onTable((table) => ({
      async batchWrite(statements) {
        await table.batchWrite(statements.filter((each) => !isRecordOf('quarantine', statementKey(each))));
      },
    })),
} as const satisfies Record<string, () => Sabotage>;

/** What can be taken away. */
export type SabotageName = keyof typeof SABOTAGES;
