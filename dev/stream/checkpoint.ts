import { readJson, writeJson } from '../json-file.ts';

/** How far a shard has been delivered. */
export interface ShardPosition {
  /** Sequence number of the last record that was delivered successfully or given up. */
  readonly after?: string;
  /** The shard is closed and everything in it was delivered. */
  readonly done?: boolean;
}

/** Positions of all shards of a stream, kept over restarts. */
export interface Checkpoint {
  read(streamArn: string): Promise<Map<string, ShardPosition>>;
  write(streamArn: string, positions: ReadonlyMap<string, ShardPosition>): Promise<void>;
}

interface StoredCheckpoint {
  readonly streamArn: string;
  readonly shards: Readonly<Record<string, ShardPosition>>;
}

/** A checkpoint in a file. */
export const fileCheckpoint = (file: string): Checkpoint => ({
  async read(streamArn) {
    const stored = await readJson<StoredCheckpoint>(file);
    // Another stream is another table, whose records have not been delivered.
    return new Map(stored?.streamArn === streamArn ? Object.entries(stored.shards) : []);
  },
  write: (streamArn, positions) => writeJson(file, { streamArn, shards: Object.fromEntries(positions) }),
});

/** A checkpoint that ends with the process. */
export function memoryCheckpoint(): Checkpoint {
  const streams = new Map<string, ReadonlyMap<string, ShardPosition>>();
  return {
    read: async (streamArn) => new Map(streams.get(streamArn)),
    write: async (streamArn, positions) => void streams.set(streamArn, new Map(positions)),
  };
}
