import { expect } from 'vitest';
import type { Persona } from '../../dev/identity.ts';
import type { TestRoster } from './roster.ts';

/** Runs an operation that must succeed. @returns its data, and the calls of the table since the last reset, sorted */
export async function costed(
  roster: TestRoster,
  persona: Persona,
  query: string,
  variables: Readonly<Record<string, unknown>>,
) {
  const { data, errors } = await roster.graphql(persona, query, variables);
  expect(errors).toBeUndefined();
  const calls = roster.calls.map(({ operation, index, limit }) => [operation, index, limit].filter(Boolean).join(' '));
  return { data, calls: calls.sort() };
}

/** The titles of a connection's nodes. */
export const titles = ({ edges }: { readonly edges: readonly { readonly node: { readonly title: string } }[] }) =>
  edges.map(({ node }) => node.title);
