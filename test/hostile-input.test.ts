import { beforeAll, expect, it } from 'vitest';
import { createCursors } from '../src/schema/electrodb/cursor.ts';
import { encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { schema } from '../src/schema/index.ts';
import { hostileText } from './support/hostile.ts';
import { FORGERIES, forge } from './support/hostile-cursors.ts';
import { hostileSlots, type Kind, type Slot } from './support/hostile-slots.ts';
import { valuesAt } from './support/policy-asking.ts';
import { OURS, THEIRS } from './support/policy-world.ts';
import { random } from './support/random.ts';
import { globalIds, randomCompany } from './support/random-company.ts';
import { type Answer, startRoster, type TestRoster } from './support/roster.ts';

// Texts and cursors that would open, break or exhaust something if they were taken for anything but what they are, as every
// argument of the schema that takes some. HOSTILE_SEED=n replays what a run printed.

const seed = Number(process.env['HOSTILE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const CURSORS = 2_000;
const TEXTS = 5_000;
/** Of these, for dates, countries and the like. */
const STRICT = 500;
/** In one request: few enough to be answered in time however busy the machine is. */
const BATCH = 10;
/** Rows of a page where no size is given. */
const PAGE = 20;
/** Characters of a request's answer, and of one of its messages. */
const MAX_ANSWER = 300_000;
const MAX_MESSAGE = 500;

const company = {
  marks: OURS,
  others: {
    office: globalIds('Office', 'office')[0] ?? '',
    employee: globalIds('Employee', 'employee')[0] ?? '',
    project: globalIds('Project', 'project')[0] ?? '',
    task: globalIds('Task', 'task')[0] ?? '',
  },
};
const slots = hostileSlots(schema, company);
let roster: TestRoster;

beforeAll(async () => {
  roster = await startRoster({
    SEARCH_TIMEOUT_MS: '20000',
    OPERATION_TIMEOUT_MS: '28000',
    MAX_ALIASES: '10000',
    MAX_TOKENS: '20000',
    MAX_COST: '10000000',
  });
  const theirs = randomCompany({ org: 'theirs', seed: 1, spelled: (text) => `${THEIRS.word} ${text}` });
  await roster.services.table.batchWrite([...randomCompany({ org: 'ours', seed: 1 }), ...theirs]);
  await roster.indexed();
  return () => roster.stop();
});

/** A text in its place. */
interface Shot {
  readonly slot: Slot;
  readonly text: string;
}

const admin = { org: 'ours', role: 'ADMIN' } as const;

/** Sends texts, many in one request, and gives the code of each refusal, undefined for what is answered. */
async function fire(shots: readonly Shot[]): Promise<unknown[]> {
  const variables = Object.fromEntries(shots.map(({ text }, n) => [`v${n}`, text]));
  const declared = shots.map(({ slot }, n) => `$v${n}: ${slot.type}`);
  const fields = shots.map(({ slot }, n) => `f${n}: ${slot.text(`$v${n}`)}`);
  const answer = await roster.graphql(admin, `query(${declared.join(', ')}) { ${fields.join(' ')} }`, variables);
  const told = JSON.stringify(shots.map(({ slot, text }) => [slot.name, text.slice(0, 200)]));
  assertBounded(answer, told);
  const { data, errors = [] } = answer;
  if (!data) return shots.map(() => errors[0]?.extensions['code']);
  return shots.map((_, n) => errors.find(({ path }) => path?.[0] === `f${n}`)?.extensions['code']);
}

function assertBounded({ status, data, errors = [] }: Answer, told: string): void {
  expect([200, 400], told).toContain(status);
  expect(
    errors.map(({ extensions }) => extensions['code']),
    told,
  ).not.toContain('INTERNAL_SERVER_ERROR');
  const body = JSON.stringify({ data, errors });
  expect(body, told).not.toContain(THEIRS.word);
  expect(body.length, told).toBeLessThan(MAX_ANSWER);
  expect(Math.max(0, ...errors.map(({ message }) => message.length)), told).toBeLessThanOrEqual(MAX_MESSAGE);
  JSON.stringify(data, (_name, value: unknown) => {
    if (Array.isArray(value)) expect(value.length, told).toBeLessThanOrEqual(PAGE);
    return value;
  });
}

/** Parts of a list. */
const parts = <T>(all: readonly T[], length: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / length) }, (_, i) => all.slice(i * length, (i + 1) * length));

/** One round after the other, so that the same places make the same document, which is parsed and validated once. */
const batches = <T extends Shot>(shots: readonly T[], places: number): T[][] =>
  parts(shots, places).flatMap((round) => parts(round, BATCH));

const ofKind = (...kinds: readonly Kind[]) => slots.filter(({ kind }) => kinds.includes(kind));
const pick = <T>(next: () => number, from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;

/** What a real client would send: the cursor of a first page, or the token of an object. */
async function genuine({ kind, text }: Slot, org: string): Promise<string> {
  const query =
    kind === 'cursor'
      ? `{ page: ${text('null')} }`
      : `{ page: employee(id: "${company.others.employee}") { writeToken } }`;
  const { data } = await roster.graphql({ org, role: 'ADMIN' }, query);
  const { page } = data;
  const found = [page?.writeToken, ...valuesAt(page, 'endCursor')].find((one) => typeof one === 'string');
  return found ?? createCursors(String(roster.env['CURSOR_SECRET'])).encode([text('')], org);
}

it(`of ${CURSORS} cursors that are none, none is taken for one (HOSTILE_SEED=${seed})`, async () => {
  const next = random(seed);
  const places = ofKind('cursor', 'write');
  const own = await Promise.all(places.map((slot) => genuine(slot, 'ours')));
  const theirs = await Promise.all(places.map((slot) => genuine(slot, 'theirs')));
  const shots = Array.from({ length: CURSORS }, (_, i) => {
    const at = i % places.length;
    const [slot, mine] = [places[at] as Slot, own[at] ?? ''];
    const elsewhere = own.filter((one) => one !== mine);
    const how = FORGERIES[Math.floor(i / places.length) % FORGERIES.length] ?? '';
    return { slot, how, text: forge(how, { own: mine, elsewhere, theirs: theirs[at] ?? '' }, next) };
  });
  const codes = (await mapEach(batches(shots, places.length), fire)).flat();
  for (const [i, { slot, how, text }] of shots.entries())
    expect(codes[i], `${slot.name}, ${how}: ${text.slice(0, 500)}`).toBe(
      slot.kind === 'cursor' ? 'BAD_CURSOR' : 'BAD_USER_INPUT',
    );
  // The same places take what is theirs.
  const right = await fire(places.map((slot, i) => ({ slot, text: own[i] ?? '' })));
  expect(right.filter((code) => code === undefined).length).toBeGreaterThan(places.length / 2);
});

/** A text for a place; half of those for ids are spelt as ids are. */
function textFor({ kind }: Slot, next: () => number): string {
  const text = hostileText(next);
  if (kind === 'id' && next() < 0.5)
    return encodeGlobalId(pick(next, ['Office', 'Employee', 'Project', 'Task', text]), text);
  if (kind === 'date' && next() < 0.3)
    return pick(next, ['2026-02-30', '0000-00-00', '9999-12-31', `2026-01-01${text}`]);
  return text;
}

it(`${TEXTS} texts in filters and arguments open, break and exhaust nothing (HOSTILE_SEED=${seed})`, async () => {
  const next = random(seed);
  const shots = (of: readonly Slot[], count: number) =>
    Array.from({ length: count }, (_, i) => {
      const slot = of[i % of.length] as Slot;
      return { slot, text: textFor(slot, next) };
    });
  const places = ofKind('word', 'id');
  const free = shots(places, TEXTS - STRICT);
  // What is no value of its type fails a request as a whole.
  const strict = shots(ofKind('date', 'dateTime', 'country', 'currency'), STRICT).map((shot) => [shot]);
  const codes = (await mapEach([...batches(free, places.length), ...strict], fire)).flat();
  expect(codes).toHaveLength(TEXTS);
  expect(new Set(codes)).toEqual(new Set([undefined, 'BAD_USER_INPUT']));
  expect(codes.filter((code) => code === undefined).length).toBeGreaterThan(TEXTS / 4);
});

/** One after the other. */
async function mapEach<From, To>(all: readonly From[], each: (one: From) => Promise<To>): Promise<To[]> {
  const results: To[] = [];
  for (const one of all) results.push(await each(one));
  return results;
}
