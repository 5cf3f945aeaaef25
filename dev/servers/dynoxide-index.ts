import { DatabaseSync } from 'node:sqlite';
import type { Logger } from '../../src/runtime.ts';

const BUSY_MS = 2_000;

/**
 * Gives dynoxide's table of stream records the index that it lacks: 1.2.1 looks for the highest sequence number at every
 * write, by reading all records, so that seeding takes several times as long. Makes no difference to what it answers.
 * A version that keeps its records otherwise is left as it is.
 *
 * @param dataFile of a running dynoxide
 */
export function indexStreamRecords(dataFile: string, log: Logger): void {
  const database = new DatabaseSync(dataFile, { timeout: BUSY_MS });
  try {
    database.exec(`
      CREATE INDEX IF NOT EXISTS roster_stream_sequence ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
      CREATE INDEX IF NOT EXISTS roster_stream_shard ON _stream_records (table_name, shard_id, sequence_number);
    `);
  } catch (error) {
    log.debug({ err: error }, 'dynoxide keeps its stream records in another way; no index was made');
  } finally {
    database.close();
  }
}
