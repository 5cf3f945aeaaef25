import { chunk, chunkByWeight } from '../../entities/core/sender.ts';
import type { Document } from '../document.ts';
import type { TaskRef, TaskState } from '../engine/engine.ts';
import { EngineRefusal } from '../engine/errors.ts';
import { SearchWriteError } from './errors.ts';
import { processed, type TaskServices, taskError } from './tasks.ts';
import type { Writer } from './writers.ts';

/** One index's part of a batch. */
export interface Delivery {
  /** The index's name, as the engine knows it. */
  readonly index: string;
  readonly documents: readonly Document[];
  /** Ids of documents to delete. */
  readonly deletions: readonly string[];
}

/** Meilisearch takes larger requests, but its memory and patience are better served by these. */
const REQUEST_BYTES = 5_000_000;
/** Half a megabyte at most, which every proxy takes. */
const DELETIONS = 1_000;

/**
 * An internal error fails all tasks that happen to be batched together, and may be a passing one. A document is to blame
 * for it when its task has failed in a batch of its own this often; after so many attempts without a verdict the whole
 * write is to be tried again.
 */
const FAILURES_ALONE = 2;
const ATTEMPTS_ALONE = 6;

/** Errors of tasks that say nothing about their documents. */
const SYSTEMIC = /^(index_|no_space_left|too_many_open_files|io_|database_)/;
const SYSTEMIC_MESSAGE = /os error|no space left|mdb_|environment mapsize/i;
/** Errors that nothing but the documents can have caused. */
const OF_DOCUMENTS =
  /^(invalid_document_|missing_document_|document_|max_fields_|payload_too_large$|malformed_payload$)/;

/** A delivery that has begun. */
export interface Delivering {
  /**
   * Once the engine has taken all of it, or refused a part, which is then sent anew: what it takes later is processed
   * later. Never fails.
   */
  readonly accepted: Promise<unknown>;
  /** The documents that the engine can't index, with its reasons; all others are applied and can be searched. */
  readonly guilty: Promise<Map<string, string>>;
}

/**
 * Replaces and deletes documents of one index.
 *
 * A task that fails is cut in half again and again, until those documents are found that fail alone. The outcome is a
 * SearchWriteError when it has another cause than the documents; parts may have been applied then.
 */
export function deliver(services: TaskServices, writer: Writer, delivery: Delivery): Delivering {
  const { index, documents, deletions } = delivery;
  const additions = splitBySize(documents).map(({ documents: own, body }) => {
    const sent = post(services, writer, index, body);
    return { sent, done: add(services, writer, index, own, sent) };
  });
  const removals = chunk(deletions, DELETIONS).map((ids) => {
    const sent = postDeletion(services, writer, index, ids);
    return { sent, done: remove(services, writer, index, ids, sent) };
  });
  const all = [...additions, ...removals];
  return {
    accepted: Promise.allSettled(all.map(({ sent }) => sent)),
    guilty: guiltyOf(services, writer, delivery, allDone(all.map(({ done }) => done))),
  };
}

async function guiltyOf(
  services: TaskServices,
  writer: Writer,
  { index, documents }: Delivery,
  outcomes: Promise<Map<string, Problem>[]>,
): Promise<Map<string, string>> {
  const guilty = new Map((await outcomes).flatMap((found) => [...found]));
  const problems = [...guilty.values()];
  const [first] = documents;
  const isDoubtful = guilty.size === documents.length && problems.some(({ isCertain }) => !isCertain);
  if (first && isDoubtful && !(await takesAny(services, writer, index, first)))
    throw new SearchWriteError(`${index} takes none of ${guilty.size} documents: ${problems[0]?.message}`);
  return new Map([...guilty].map(([id, { message }]) => [id, message]));
}

const post = ({ engine }: TaskServices, writer: Writer, index: string, body: string): Promise<TaskRef> =>
  writer.send((key) => engine.addDocuments(key, index, body));

const postAnew = (services: TaskServices, writer: Writer, index: string, documents: readonly Document[]) =>
  post(services, writer, index, bodyOf(documents.map(textOf)));

const postDeletion = (
  { engine }: TaskServices,
  writer: Writer,
  index: string,
  ids: readonly string[],
): Promise<TaskRef> => writer.send((key) => engine.deleteDocuments(key, index, ids));

async function remove(
  services: TaskServices,
  writer: Writer,
  index: string,
  ids: readonly string[],
  first: Promise<TaskRef>,
): Promise<Map<string, Problem>> {
  let sent = first;
  for (let attempt = 1; ; attempt++) {
    const task = await processed(services, await sent);
    if (task.status === 'succeeded') return new Map();
    // It was batched with documents that fail every batch, of this delivery, say: without them it succeeds.
    if (task.error?.code !== 'internal' || attempt === ATTEMPTS_ALONE) throw taskError(task, index);
    await services.clock.backOff(attempt);
    sent = postDeletion(services, writer, index, ids);
  }
}

/**
 * Whether the index takes a document without contents. If not, others are not to blame either: the disk is full, say, in
 * words that nobody has met yet. It has the id of one that is to be deleted next, so that nothing is left of it.
 */
const takesAny = async (services: TaskServices, writer: Writer, index: string, { id, org }: Document) =>
  (await addAlone(services, writer, index, { id, org })).size === 0;

/** Adds documents by one request, or by several when that fails. */
async function add(
  services: TaskServices,
  writer: Writer,
  index: string,
  documents: readonly Document[],
  sent = postAnew(services, writer, index, documents),
): Promise<Map<string, Problem>> {
  const [only, ...others] = documents;
  if (only && others.length === 0) return addAlone(services, writer, index, only, sent);
  if (!(await problemOfAddition(services, index, documents, sent))) return new Map();
  const middle = Math.ceil(documents.length / 2);
  // One after the other: both might be batched together, and share their fate.
  const first = await add(services, writer, index, documents.slice(0, middle));
  return new Map([...first, ...(await add(services, writer, index, documents.slice(middle)))]);
}

async function addAlone(
  services: TaskServices,
  writer: Writer,
  index: string,
  document: Document,
  first = postAnew(services, writer, index, [document]),
): Promise<Map<string, Problem>> {
  let sent = first;
  let alone = 0;
  for (let attempt = 1; ; attempt++) {
    const problem = await problemOfAddition(services, index, [document], sent);
    if (!problem) return new Map();
    if (await isItsOwn(services, problem)) alone++;
    if (problem.isCertain || alone === FAILURES_ALONE) return new Map([[document.id, problem]]);
    if (attempt === ATTEMPTS_ALONE)
      throw new SearchWriteError(`${index} keeps failing for a document, among others: ${problem.message}`);
    await services.clock.backOff(attempt);
    sent = postAnew(services, writer, index, [document]);
  }
}

/** Why documents were not added. */
interface Problem {
  readonly message: string;
  /** Nothing but the documents can have caused it. */
  readonly isCertain: boolean;
  readonly batch: number | undefined;
}

const isItsOwn = async ({ engine }: TaskServices, { batch }: Problem): Promise<boolean> =>
  batch !== undefined && (await engine.batchSize(batch)) === 1;

/** Why documents were not added, where they may be to blame; undefined when they were. @throws for any other cause */
async function problemOfAddition(
  services: TaskServices,
  index: string,
  documents: readonly Document[],
  sent: Promise<TaskRef>,
): Promise<Problem | undefined> {
  let task: TaskState;
  try {
    task = await processed(services, await sent);
  } catch (error) {
    if (!(error instanceof EngineRefusal && OF_DOCUMENTS.test(error.reason))) throw error;
    return { message: error.message, isCertain: true, batch: undefined };
  }
  if (task.status === 'succeeded') {
    // An addition batched with a queued deletion of the index succeeds without indexing anything.
    if (task.indexedDocuments === documents.length) return undefined;
    const counts = `${task.indexedDocuments} of ${documents.length} documents`;
    throw new SearchWriteError(`task ${task.uid} on ${index} succeeded with ${counts}`);
  }
  const { code = '', message = '' } = task.error ?? {};
  if (task.status === 'canceled' || SYSTEMIC.test(code) || SYSTEMIC_MESSAGE.test(message)) throw taskError(task, index);
  return { message, isCertain: OF_DOCUMENTS.test(code), batch: task.batch };
}

/** Waits for all, also when some fail: no request may be under way any more when the outcome of its batch counts. */
export async function allDone<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(work);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}

/** Documents as the body of a request. */
const bodyOf = (texts: readonly string[]): string => `[${texts.join(',')}]`;

const textOf = (document: Document): string => JSON.stringify(document);

/** Documents that go by one request, and its body. */
interface Part {
  readonly documents: readonly Document[];
  readonly body: string;
}

/** Parts whose bodies are of at most {@link REQUEST_BYTES} each; a document larger than that goes alone. */
function splitBySize(documents: readonly Document[]): Part[] {
  const written = documents.map((document) => ({ document, text: textOf(document) }));
  // Each is followed by a comma or a bracket, behind the first bracket.
  const runs = chunkByWeight(written, REQUEST_BYTES - 1, ({ text }) => Buffer.byteLength(text) + 1);
  return runs.map((run) => ({
    documents: run.map(({ document }) => document),
    body: bodyOf(run.map(({ text }) => text)),
  }));
}
