import type { DynamoDBRecord } from 'aws-lambda';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { indexStream } from '../handler.ts';
import { updateItem } from '../src/entities/core/write.ts';
import { Employee, Office, Project, Task } from '../src/entities/index.ts';
import { decodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { searches } from '../src/search/all.ts';
import type { EntitySearch } from '../src/search/define.ts';
import { createCompany } from './support/company.ts';
import { cut, type Fault, firstOnly, loseAnswer, unavailable } from './support/fault-proxy.ts';
import { allIndexes, expectIndexEqualsTable, scanTable } from './support/index-equality.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { eventOf, failuresOf, recordOf } from './support/stream-events.ts';

let roster: ProxiedRoster;
let records: Map<string, DynamoDBRecord[]>;

const org = 'acme';
const entities = { office: Office, employee: Employee, project: Project, task: Task } as const;

beforeAll(async () => {
  // A request that is lost on its way to the table is sent again by the SDK, which takes time.
  roster = await startProxiedRoster({ SEARCH_WRITE_TIMEOUT_MS: '20000' });
  const { ids } = await createCompany(roster, org);
  // No poller: what arrives in the indexes is what the tests deliver.
  expect(await deliver((await scanTable(roster)).map((row) => recordOf(row)))).toEqual(failuresOf());
  const own = {
    office: [ids.munich, ids.austin],
    employee: [ids.boss, ids.ada],
    project: [ids.project],
    task: [ids.task],
  };
  records = new Map(
    Object.entries(own).map(([name, globalIds]) => [
      name,
      globalIds.map((id) => recordOf(entities[name as keyof typeof entities].key(org, decodeGlobalId(id, 'id').id))),
    ]),
  );
  return () => roster.stop();
});

let count = 0;

/** Changes every item, so that an index that is not written is not equal to the table. */
beforeEach(async () => {
  count++;
  const change = { office: 'name', employee: 'lastName', project: 'name', task: 'title' } as const;
  for (const { entity } of searches) {
    for (const { dynamodb } of recordsOf(entity.name)) {
      const id =
        entity.identify({ pk: dynamodb?.Keys?.['pk']?.S ?? '', sk: dynamodb?.Keys?.['sk']?.S ?? '' })?.id ?? '';
      const attribute = change[entity.name as keyof typeof change];
      await updateItem(roster.services, entity, { org, id }, { [attribute]: `Version ${count}` });
    }
  }
});

const recordsOf = (name: string) => records.get(name) ?? [];
const all = () => searches.flatMap(({ entity }) => recordsOf(entity.name));
const deliver = (batch: readonly DynamoDBRecord[]) => indexStream(eventOf(...batch));

/** The failed records as Lambda would deliver them again: from the lowest on. */
async function redeliver(): Promise<void> {
  expect(await deliver(all())).toEqual(failuresOf());
  await expectIndexEqualsTable(roster);
}

const searchOf = (name: string): EntitySearch => {
  const found = searches.find(({ indexes }) => indexes.some((index) => index.name === name));
  if (!found) throw new Error(`no index is called ${name}`);
  return found;
};

describe.each(allIndexes.map((index) => [index.name, index] as const))('%s', (name, index) => {
  const faults: [string, Fault][] = [
    ['refuses writes', unavailable],
    ['can not be reached', cut],
    ['takes a write and its answer is lost', loseAnswer],
  ];

  it.each(faults)('%s: only its entity fails', async (_case, fault) => {
    const heal = roster.meilisearch.inject(roster.writesTo(index), fault);
    const { entity } = searchOf(name);
    const batch = all();
    expect(await deliver(batch)).toEqual(failuresOf(...recordsOf(entity.name)));
    heal();
    // The others were applied: one delivery of this entity's records is all that is missing.
    expect(await deliver(recordsOf(entity.name))).toEqual(failuresOf());
    await expectIndexEqualsTable(roster);
  });
});

it('fails everything, and nothing else happens, while Meilisearch is away', async () => {
  const heal = roster.meilisearch.inject(() => true, cut);
  expect(await deliver(all())).toEqual(failuresOf(...all()));
  heal();
  await redeliver();
});

it('fails what it has sent when it can not learn what became of it', async () => {
  const heal = roster.meilisearch.inject(({ path }) => path.startsWith('/tasks/'), unavailable);
  expect(await deliver(all())).toEqual(failuresOf(...all()));
  heal();
  await redeliver();
});

it('waits on when the task list is slow', async () => {
  roster.meilisearch.inject(
    ({ path }) => path.startsWith('/tasks/'),
    firstOnly(async (_request, forward) => {
      await roster.services.clock.sleep(300);
      return forward();
    }),
  );
  await redeliver();
});

describe('the table does not answer', () => {
  it('the first read: nothing is sent to Meilisearch, and all records come back', async () => {
    const heal = roster.dynamodb.inject(() => true, cut);
    roster.meilisearch.requests.length = 0;
    expect(await deliver(all())).toEqual(failuresOf(...all()));
    expect(roster.meilisearch.requests).toEqual([]);
    heal();
    await redeliver();
  });

  it('the second read: what is written is not verified, so all records come back', async () => {
    let reads = 0;
    const heal = roster.dynamodb.inject(operation('BatchGetItem'), (_request, forward) => {
      reads++;
      return reads === 1 ? forward() : unavailable(_request, forward);
    });
    expect(await deliver(all())).toEqual(failuresOf(...all()));
    heal();
    await redeliver();
  });

  it('a lost answer is asked for again by the SDK and fails nothing', async () => {
    roster.dynamodb.inject(operation('BatchGetItem'), firstOnly(loseAnswer));
    await redeliver();
  });

  it('keys that DynamoDB leaves unprocessed are asked for again', async () => {
    roster.dynamodb.inject(
      operation('BatchGetItem'),
      firstOnly(async ({ body }) => {
        const { RequestItems } = JSON.parse(body);
        return { status: 200, body: Buffer.from(JSON.stringify({ Responses: {}, UnprocessedKeys: RequestItems })) };
      }),
    );
    await redeliver();
  });
});
