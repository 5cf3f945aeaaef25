import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  parse,
  Source,
  TokenKind,
  validate,
} from 'graphql';
import * as z from 'zod/mini';
import type { Limits } from '../../src/doors.ts';
import { assertAffordable } from '../../src/plugins/cost-limit.ts';
import { assertShallow, assertWithin } from '../../src/plugins/document-limits.ts';
import { sizeOf } from '../../src/plugins/document-size.ts';
import { leastCostOf } from '../../src/schema/cost.ts';
import { documentHash } from '../../src/schema/trusted-documents.ts';
import { UsageError } from '../arguments.ts';

/** A document of a frontend. */
export interface FrontendDocument {
  readonly id: string;
  readonly text: string;
  /** Where it is, for messages. */
  readonly place: string;
}

/** Of a document; the entity has no room for more. */
const MAX_LENGTH = 100_000;

const GraphqlCodegen = z.record(z.string(), z.string());
const Apollo = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  operations: z.array(z.object({ id: z.string(), body: z.string() })),
});

/**
 * The documents in a folder and those below: each `.graphql` or `.gql` file is one, and each `.json` file a list of them
 * as Apollo, Relay or GraphQL Code Generator writes it.
 *
 * @throws UsageError naming what can't be read, or that there are none
 */
export async function readDocuments(folder: string): Promise<FrontendDocument[]> {
  const files = await readdir(folder, { recursive: true }).catch((error: Error) => {
    throw new UsageError(`${folder} can't be read: ${error.message}`, { cause: error });
  });
  const wanted = files.filter((file) => /\.(graphql|gql|json)$/.test(file)).sort();
  const found = await Promise.all(wanted.map((file) => readFrom(join(folder, file))));
  const documents = found.flat();
  if (documents.length === 0)
    throw new UsageError(`${folder} has no documents: no .graphql or .gql file, and no list of them in a .json file`);
  return [...new Map(documents.map((document) => [document.id, document])).values()];
}

async function readFrom(file: string): Promise<FrontendDocument[]> {
  const content = await readFile(file, 'utf8');
  if (!file.endsWith('.json')) return [{ id: documentHash(content), text: content, place: file }];
  return listed(file, content).map(([id, text]) => {
    if (documentHash(text) !== id)
      throw new UsageError(
        `${file}: "${id}" is not the SHA-256 of its document, in hexadecimal; have the list made with that algorithm`,
      );
    return { id, text, place: `${file} ${id.slice(0, 8)}` };
  });
}

function listed(file: string, content: string): (readonly [id: string, text: string])[] {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new UsageError(`${file} is no JSON: ${(error as Error).message}`, { cause: error });
  }
  const apollo = Apollo.safeParse(value);
  if (apollo.success) return apollo.data.operations.map(({ id, body }) => [id, body] as const);
  const codegen = GraphqlCodegen.safeParse(value);
  if (codegen.success) return Object.entries(codegen.data);
  throw new UsageError(
    `${file} is no list of documents by their ids, as Apollo, Relay or GraphQL Code Generator write it`,
  );
}

/**
 * What is wrong with a document, with its place; nothing where it can be run.
 *
 * @param limits those of the server, which would refuse it by them
 */
export function problemsOf(schema: GraphQLSchema, limits: Limits, { text, place }: FrontendDocument): string[] {
  if (text.length > MAX_LENGTH) return [`${place}: has ${text.length} characters; ${MAX_LENGTH} are the most`];
  try {
    // In the server's order: the parser could not stand what is refused first, nor the validation what is refused next.
    assertShallow(text);
    const document = parse(text);
    const operations = operationsIn(document);
    const refused = (checks: readonly (() => void)[]) =>
      checks.flatMap(refusalOf).map((refusal) => `${[place, ...operations.map(titleOf)].join(' ')}: ${refusal}`);
    const excesses = refused([() => assertFew(limits, text), () => assertWithin(limits, sizeOf(document))]);
    if (excesses.length > 0) return excesses;
    const errors = validate(schema, document).map((error) => `${place}${lineOf(error)}: ${error.message}`);
    if (errors.length > 0) return errors;
    if (operations.length === 0) return [`${place}: has no operation`];
    const costOf = (operationName?: string) => leastCostOf({ schema, document, operationName }) ?? 0;
    return refused(
      operations.map(
        ({ name }) =>
          () =>
            assertAffordable(limits.cost, costOf(name?.value)),
      ),
    );
  } catch (error) {
    return [`${place}${lineOf(error as GraphQLError)}: ${(error as GraphQLError).message}`];
  }
}

const operationsIn = ({ definitions }: DocumentNode): OperationDefinitionNode[] =>
  definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);

/** An operation as people name it, such as `query Me`. */
const titleOf = ({ operation, name }: OperationDefinitionNode): string =>
  name ? `${operation} ${name.value}` : operation;

/** The server's parser gives up at the first word too many, without a figure. */
function assertFew(limits: Limits, text: string): void {
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  while (lexer.advance().kind !== TokenKind.EOF) tokens++;
  if (tokens > limits.tokens)
    throw new GraphQLError(
      `the document has ${tokens} words, names and signs where ${limits.tokens} are allowed; split it into several`,
    );
}

function refusalOf(check: () => void): string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [error.message];
  }
}

const lineOf = ({ locations }: GraphQLError): string => (locations?.[0] ? `:${locations[0].line}` : '');
