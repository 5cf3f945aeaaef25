import { ROLES, type Role } from '../../src/auth/viewer.ts';
import { type Outcome, WHOSE, type Whose } from './policy-asking.ts';

/** What became of one field, argument or mutation, asked for by one role. */
export interface Note {
  readonly anchor: string;
  readonly what: string;
  readonly field: { readonly name: string; readonly visits: readonly string[] };
  readonly whose: Whose;
  readonly role: Role;
  readonly outcome: Outcome;
}

const HEAD = `# What each role gets to see and do

Written by \`npx vitest run test/policy-matrix.test.ts --update\`, and compared with what comes of every field, argument and
mutation of the schema in each run. docs/authorization.md explains it. Without a token, everything here is answered 401.

- **shown**, **in part**: of some of the objects. **withheld**: null, with a refusal. **refused**: on the way there.
  **nothing**: there is none, or none that the viewer's organization has. Codes and types of errors are as they are answered.
- **oneself**, **below**: the viewer, and who reports to them. **other**: an object of their organization that has nothing to
  do with them. **new**: one made to be written to. **theirs**, **their value**: another organization's object, or its value
  in an argument. **nonsense**: values that are refused or taken.
`;

/** Outcomes by role, in a table for each field that leads to others. */
export class PolicyMatrix {
  /** Coordinates that somebody has seen something of. */
  readonly visited = new Set<string>();
  readonly notes: Note[] = [];

  note(note: Note): void {
    this.notes.push(note);
    if (note.outcome === 'shown' || note.outcome === 'in part')
      for (const coordinate of note.field.visits) this.visited.add(coordinate);
  }

  /** As Markdown. Names whose outcomes are the same are in one row. */
  toString(): string {
    const anchors = [...Map.groupBy(this.notes, ({ anchor }) => anchor)].toSorted(byName);
    return [HEAD, ...anchors.map(([anchor, notes]) => `## ${anchor}\n\n${table(notes)}`)].join('\n');
  }
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

/** One row for all names, and for all objects, of which the same became. */
function table(notes: readonly Note[]): string {
  const lines: string[][] = [];
  for (const [what, ofType] of Map.groupBy(notes, (note) => note.what)) {
    const names = [...Map.groupBy(ofType, ({ field }) => field.name)].map(([name, all]) => ({
      name,
      rows: rowsOf(all),
    }));
    for (const same of Map.groupBy(names, ({ rows }) => JSON.stringify(rows)).values())
      for (const [whose, ...cells] of same[0]?.rows ?? [])
        lines.push([what, same.map(({ name }) => name).join(' '), whose ?? '', ...cells]);
  }
  const head = ['of', 'what', 'whose', ...ROLES];
  return `${[head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

/** Whose objects they are, and what became of them by role. */
function rowsOf(notes: readonly Note[]): string[][] {
  const rows = WHOSE.flatMap((whose) => {
    const outcomes = new Map(notes.filter((note) => note.whose === whose).map(({ role, outcome }) => [role, outcome]));
    return outcomes.size > 0 ? [{ whose, cells: ROLES.map((role) => outcomes.get(role) ?? '') }] : [];
  });
  return [...Map.groupBy(rows, ({ cells }) => JSON.stringify(cells)).values()].map((same) => [
    same.map(({ whose }) => whose).join(', '),
    ...(same[0]?.cells ?? []),
  ]);
}
