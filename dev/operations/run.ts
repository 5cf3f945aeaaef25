import { type DefinitionNode, parse } from 'graphql';
import { keyText } from '../../src/entities/core/statements.ts';
import type { Table } from '../../src/entities/core/table.ts';
import { realClock } from '../../src/runtime.ts';
import { schema } from '../../src/schema/index.ts';
import { trustedDocuments } from '../../src/schema/trusted-documents.ts';
import { UsageError } from '../arguments.ts';
import { readEnvFile } from '../search/stage.ts';
import { readStackFile } from '../stack-file.ts';
import { openTable, type TableCaller, targetName } from '../stage-table.ts';
import { problemsOf, readDocuments } from './documents.ts';
import { limitsIn } from './limits.ts';
import type { OperationsOptions } from './options.ts';

/** Does what was asked for, and prints the result. @throws UsageError naming everything that is wrong */
export async function run(options: OperationsOptions, caller: TableCaller): Promise<void> {
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const { command } = options;
  // Before anything is opened: what is wrong with documents is nothing to start servers for.
  const documents =
    command.name === 'register' ? await checked(command.folder, await settingsOf(options, caller.env)) : [];
  const table = await openTable(options, caller);
  const target = targetName(options.stage);
  if (command.name === 'register') {
    const added = await register(table, documents);
    print(`${added} of ${documents.length} documents are new to ${target}; all are registered.`);
  } else if (command.name === 'remove') {
    await table.batchWrite(command.ids.map((id) => trustedDocuments.delete(id)));
    print(`${command.ids.length} documents are not registered in ${target} any more.`);
  } else {
    const all = await trustedDocuments.list(table, 'documents', realClock().now());
    for (const { trustedDocument, text } of all) print(`${trustedDocument}  ${namesIn(text)}`);
  }
}

/** @param settings have the limits of the server, where they are others than its defaults */
async function checked(folder: string, settings: NodeJS.ProcessEnv) {
  const limits = limitsIn(settings);
  const documents = await readDocuments(folder);
  const problems = documents.flatMap((document) => problemsOf(schema, limits, document));
  if (problems.length > 0) throw new UsageError(`nothing was registered:\n${problems.join('\n')}`);
  return documents;
}

/** @returns how many were not there before */
async function register(table: Table, documents: Awaited<ReturnType<typeof readDocuments>>): Promise<number> {
  const keys = documents.map(({ id }) => trustedDocuments.key(id));
  const there = new Set((await table.batchGet(keys, { consistent: true })).map(keyText));
  const missing = documents.filter(({ id }) => !there.has(keyText(trustedDocuments.key(id))));
  const now = realClock().now();
  await table.batchWrite(missing.map(({ id, text }) => trustedDocuments.put(id, { text }, now)));
  return missing.length;
}

const nameOf = (definition: DefinitionNode): string[] =>
  definition.kind === 'OperationDefinition' ? [definition.name?.value ?? definition.operation] : [];
const namesIn = (text: string): string => parse(text).definitions.flatMap(nameOf).join(', ');

/** serverless.yml's, then the environment, then the file. */
async function settingsOf({ stage, envFile }: OperationsOptions, env: NodeJS.ProcessEnv) {
  if (stage === undefined) return env;
  const file = envFile === undefined ? {} : await readEnvFile(envFile);
  const { graphqlEnvironment } = await readStackFile();
  return { ...graphqlEnvironment, ...env, ...file };
}
