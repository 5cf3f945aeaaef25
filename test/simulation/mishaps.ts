import { searches } from '../../src/search/all.ts';
import type { MeilisearchModel } from './meilisearch-model.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** What happens to the server as a whole, or is done to it by hand. */
export const MISHAPS = [
  /** With -9, and started again. */
  'server.killed',
  /** As a virtual machine that is moved: connections stay. */
  'server.suspended',
  'server.restored',
  'server.wiped',
  'server.indexDeleted',
  'server.indexCleared',
  'server.tasksCancelled',
  /** No task is accepted. */
  'server.full',
  'server.clockSet',
  /** Started with another master key; the functions learn of it later. */
  'server.keysRotated',
] as const;

/** Something that happens to the server. */
export type Mishap = (typeof MISHAPS)[number];

/** After these documents may be missing, or too many, and only a comparison with the table can tell. */
const UNNOTICED: readonly Mishap[] = ['server.restored', 'server.indexCleared'];

/** What mishaps happen to. */
export interface MishapsOptions {
  readonly world: World;
  readonly server: MeilisearchModel;
  /** When the last one begins, milliseconds from the first. */
  readonly withinMs: number;
  /** How probable each one is. */
  readonly rate: number;
  /** Gives the functions the server's keys of now. */
  readonly redeploy: () => void;
}

/** Lets mishaps happen to a server. */
export class Mishaps {
  /** How often each has happened. */
  readonly counts = new Map<Mishap, number>();
  readonly #options: MishapsOptions;
  readonly #random: Random;
  #isOver = false;

  constructor(options: MishapsOptions) {
    this.#options = options;
    this.#random = options.world.random.fork('mishaps');
  }

  /** Plans them, from now on. */
  begin(): void {
    const { world, withinMs, rate } = this.#options;
    for (const mishap of MISHAPS) {
      const isOne = this.#random.chance(rate);
      // Drawn in any case, so that one less does not change the others.
      const at = this.#random.between(0, withinMs);
      const again = this.#random.between(0, withinMs);
      const times = this.#random.chance(0.3) ? [at, again] : [at];
      if (isOne) for (const time of times) world.schedule(time, () => this.#happen(mishap));
    }
  }

  /** Whether documents may have been lost in a way that nobody was told of. */
  get hasUnnoticed(): boolean {
    return UNNOTICED.some((mishap) => this.counts.has(mishap));
  }

  /** Ends what is not over, and lets nothing more happen. */
  calm(): void {
    const { server, redeploy } = this.#options;
    this.#isOver = true;
    if (server.power.state === 'down') server.power.start();
    server.power.resume();
    server.isFull = false;
    if (this.counts.has('server.keysRotated')) redeploy();
  }

  #happen(mishap: Mishap): void {
    if (this.#isOver) return;
    const { world, server } = this.#options;
    const { power } = server;
    world.trace('mishap', mishap);
    this.counts.set(mishap, (this.counts.get(mishap) ?? 0) + 1);
    const random = this.#random;
    const lastsMs = random.chance(0.2) ? random.between(30_000, 150_000) : random.between(10, 20_000);
    const later = (action: () => void) => world.schedule(lastsMs, () => !this.#isOver && action());
    const indexes = server.indexes();
    const index = indexes[random.integer(0, Math.max(0, indexes.length - 1))]?.uid;
    switch (mishap) {
      case 'server.killed':
        this.#restart(lastsMs, () => undefined);
        break;
      case 'server.suspended':
        power.stop();
        later(() => power.resume());
        break;
      case 'server.restored': {
        const snapshot = server.snapshot();
        later(() => this.#restart(random.between(0, 5_000), () => server.restore(snapshot)));
        break;
      }
      case 'server.wiped':
        this.#restart(lastsMs, () => server.wipe());
        break;
      case 'server.indexDeleted':
        if (server.isFull) break;
        server.deleteIndex(index ?? 'office');
        break;
      case 'server.indexCleared':
        if (server.isFull) break;
        server.clear(searches[random.integer(0, searches.length - 1)]?.open.name ?? 'office');
        break;
      case 'server.tasksCancelled': {
        if (server.isFull) break;
        const newest = server.tasks.newest()?.uid ?? 0;
        server.cancel(Array.from({ length: 12 }, (_, i) => newest - i));
        break;
      }
      case 'server.full':
        server.isFull = true;
        later(() => {
          server.isFull = false;
        });
        break;
      case 'server.clockSet':
        server.skewMs += random.between(-30_000, 30_000);
        break;
      case 'server.keysRotated':
        this.#restart(0, () => server.keys.rotate());
        later(this.#options.redeploy);
    }
  }

  /** Kills the server, and starts it later with something done while it was down. */
  #restart(afterMs: number, whileDown: () => void): void {
    const { power } = this.#options.server;
    power.kill();
    whileDown();
    this.#options.world.schedule(afterMs, () => power.state === 'down' && power.start());
  }
}
