import { lexicographicSortSchema } from 'graphql';
import { beforeAll, expect, it } from 'vitest';
import { ROLES, type Role } from '../src/auth/viewer.ts';
import type { Row } from '../src/entities/core/statements.ts';
import type { StartKey } from '../src/entities/core/table.ts';
import { schema } from '../src/schema/index.ts';
import { Asking, fill, outcomeAt, type Question, type Whose, writtenIn } from './support/policy-asking.ts';
import { PolicyMatrix } from './support/policy-matrix.ts';
import { PolicySurface, type Probe, type ProbedField, type Write } from './support/policy-surface.ts';
import { createWorld, leaksIn, OURS, THEIRS, withNew } from './support/policy-world.ts';
import { startRoster, type TestRoster } from './support/roster.ts';
import { createSigningKey, master } from './support/token-roster.ts';

// Whatever the schema has is asked for as every role, of the viewer's organization and of another one. What came of it is
// in policy-matrix.md: `npx vitest run test/policy-matrix.test.ts --update` writes it, to be read before it is committed.

/** What takes more than an organization to be seen, and the test that has it. */
const SEEN_ELSEWHERE = [
  // search-health.test.ts: a rebuild under way, a comparison, a batch that was reported, what is wrong.
  /^Search(Rebuild|Comparison|Batch)\.|^Search(Engine|Entity)Health\.(problem|damage|comparison|rebuild)$/,
  // search-places.test.ts: how far it is from the place that was asked for.
  /^OfficeSearchEdge\.distanceMeters$/,
];

const surface = new PolicySurface(lexicographicSortSchema(schema));
const [reads, writes] = [surface.reads(), surface.writes()];
const matrix = new PolicyMatrix();
let roster: TestRoster;
let asking: Asking;

beforeAll(async () => {
  const { key, uid } = await createSigningKey();
  roster = await startRoster({
    ...{ SEARCH_TOKEN_KEY: key, SEARCH_TOKEN_KEY_UID: uid },
    MAX_ALIASES: '2000',
    ...{ SEARCH_TIMEOUT_MS: '20000', OPERATION_TIMEOUT_MS: '28000' },
  });
  const ours = await createWorld(roster, 'ours', OURS);
  const theirs = await createWorld(roster, 'theirs', THEIRS);
  await roster.indexed();
  asking = new Asking(roster, ours, theirs);
  return async () => {
    await roster.stop();
    await master().deleteKey(uid);
  };
});

/** Whose objects and values some fields can be about. */
function whoseOf({ path, isArgument = false }: Probe, text: string): Whose[] {
  const takesValue = /<(operand:\w+|word|country|currency|cursor|write)>/.test(text);
  const subjects: Whose[] = isArgument ? ['other'] : ['oneself', 'below', 'other', 'theirs'];
  const asked = text.includes('<id:employee>')
    ? subjects
    : text.includes('<id:')
      ? subjects.slice(-2)
      : ([''] as const);
  // Where a search leads to is walked once: with another organization's values it leads nowhere.
  return [...asked, ...(takesValue && (isArgument || path.length === 1) ? (['their value'] as const) : [])];
}

/** Some fields of a probe; what one of them hides of the others goes to `hidden`. */
async function ask(
  { role, whose }: { readonly role: Role; readonly whose: Whose },
  probe: Probe,
  fields: readonly ProbedField[],
  hidden?: (field: ProbedField) => void,
): Promise<Question[]> {
  const subject = asking.subject(role, whose);
  if (!subject) return [];
  const world = whose === 'their value' ? asking.theirs : asking.ours;
  const text = probe.text(fields);
  const tokens = await asking.tokens(world, text);
  const answered: Question['answered'] = (value, errors) => {
    for (const field of fields) {
      const path = [...probe.path.slice(1), ...(probe.isArgument ? [] : [field.name])];
      const outcome = outcomeAt(path, value, errors);
      if (outcome === undefined && hidden) hidden(field);
      else matrix.note({ ...probe, field, whose, role, outcome: outcome ?? 'nothing' });
    }
  };
  return [{ text: fill(text, subject, world, tokens), answered }];
}

it.each(ROLES)('%s reads', async (role) => {
  const questions: Question[] = [];
  const hidden: { readonly probe: Probe; readonly field: ProbedField; readonly whose: Whose }[] = [];
  for (const probe of reads)
    for (const fields of probe.isArgument ? probe.fields.map((field) => [field]) : [probe.fields])
      for (const whose of whoseOf(probe, probe.text(fields)))
        questions.push(...(await ask({ role, whose }, probe, fields, (field) => hidden.push({ probe, field, whose }))));
  await asking.all(role, questions);
  const alone: Question[] = [];
  for (const { probe, field, whose } of hidden) alone.push(...(await ask({ role, whose }, probe, [field])));
  await asking.all(role, alone);
});

/** Every row of the other organization. */
async function theirRows(): Promise<Row[]> {
  const rows: Row[] = [];
  let after: StartKey | undefined;
  do {
    const page = await roster.services.table.scan({ segment: 0, segments: 1, limit: 1_000, after });
    rows.push(...page.rows);
    after = page.next;
  } while (after);
  return rows.filter((row) => JSON.stringify(row).includes(THEIRS.word));
}

/** Whose objects a mutation changes: those that it must leave as they are by a version that they never have. */
function targetsOf({ text, what }: Write): Whose[] {
  const isEmployee = text.includes('<id:employee>');
  const takesId = text.includes('<operand:');
  return [
    ...(text.includes('<id:') ? (['new', 'theirs'] as const) : (['new'] as const)),
    ...(isEmployee && what === 'expectedVersion' ? (['oneself', 'below', 'other'] as const) : []),
    ...(takesId ? (['their value'] as const) : []),
    ...(what === '' || text.includes('<email>') || /"<word>" }\) {/.test(text) ? (['nonsense'] as const) : []),
  ];
}

it.each(ROLES)('%s writes', async (role) => {
  const before = await theirRows();
  const questions: Question[] = [];
  for (const write of writes)
    for (const whose of targetsOf(write)) {
      const subject =
        whose === 'new' || whose === 'their value'
          ? await withNew(roster, asking.ours, write.text)
          : asking.subject(role, whose);
      if (!subject) continue;
      const world = whose === 'their value' ? { ...asking.ours, others: asking.theirs.others } : asking.ours;
      const taken = { email: `other@${OURS.word}.example` };
      const nonsense = write.text.includes('<email>') ? taken : { word: ' ' };
      questions.push({
        text: fill(write.text, subject, world, whose === 'nonsense' ? nonsense : {}),
        answered: (value, errors) => {
          const { visits: names, typename } = writtenIn(value);
          const outcome =
            typename ?? (errors.some(({ code }) => code === 'FORBIDDEN') ? 'refused' : (errors[0]?.code ?? 'nothing'));
          const isDone = typename !== undefined && !typename.endsWith('Error');
          const visits = [...names, ...(typename === undefined || (whose === 'theirs' && !isDone) ? [] : write.visits)];
          matrix.note({
            ...write,
            field: { name: write.what || '(the least)', visits },
            what: 'input',
            whose,
            role,
            outcome,
          });
          for (const name of visits) matrix.visited.add(name);
        },
      });
    }
  await asking.all(role, questions, 'mutation');
  expect(before.length).toBeGreaterThan(10);
  expect(await theirRows()).toEqual(before);
});

it('leaves nothing of the schema out', () => {
  const unseen = [...surface.coordinates()].filter((name) => !matrix.visited.has(name));
  expect(unseen.filter((name) => !SEEN_ELSEWHERE.some((pattern) => pattern.test(name)))).toEqual([]);
});

it('shows nobody another organization', () => {
  const theirs = matrix.notes.filter(({ whose }) => whose === 'theirs');
  expect(theirs.length).toBeGreaterThan(1_000);
  const outcomes = new Set(theirs.map(({ outcome }) => outcome));
  expect([...outcomes].toSorted()).toEqual(['NotFoundError', 'nothing', 'refused']);
});

it('would notice if it did', async () => {
  const { as } = asking.theirs;
  const query = '{ employees: searchEmployees { edges { node { email hiredOn salary { amount currency } } } } }';
  const leaks = leaksIn((await roster.graphql(as.ADMIN, query)).data, THEIRS);
  expect(new Set(leaks)).toEqual(new Set([THEIRS.number, THEIRS.currency, '1971-07-05', ...leaks.filter(isTheirMail)]));
  expect(leaks.filter(isTheirMail)).toHaveLength(leaks.length / 4);
});

const isTheirMail = (value: unknown) => String(value).endsWith(`@${THEIRS.word}.example`);

it('comes to what is written down', async () => {
  await expect(matrix.toString()).toMatchFileSnapshot('policy-matrix.md');
});
