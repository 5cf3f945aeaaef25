/** Something that happens at a moment of virtual time. */
export interface SimulationEvent {
  /** Milliseconds since the world began. */
  readonly at: number;
  /** Of two at the same moment, the one that was scheduled first comes first. */
  readonly order: number;
  /** True for what nobody waits for: a world is quiet although such events lie ahead. */
  readonly background: boolean;
  readonly action: () => void;
  /** True once it is not to happen any more. */
  isCancelled: boolean;
}

/** Events by time: a binary heap. */
export class EventQueue {
  readonly #heap: SimulationEvent[] = [];
  #foreground = 0;
  #count = 0;

  /** How many events lie ahead that somebody waits for. */
  get foreground(): number {
    return this.#foreground;
  }

  add(at: number, action: () => void, background: boolean): SimulationEvent {
    const event = { at, order: this.#count++, background, action, isCancelled: false };
    if (!background) this.#foreground++;
    const heap = this.#heap;
    let i = heap.length;
    heap.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (!above || isBefore(above, event)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = event;
    return event;
  }

  cancel(event: SimulationEvent): void {
    if (event.isCancelled) return;
    event.isCancelled = true;
    if (!event.background) this.#foreground--;
  }

  /** Removes the earliest event. */
  take(): SimulationEvent | undefined {
    for (;;) {
      const event = this.#takeAny();
      if (event?.isCancelled) continue;
      if (event) this.#happened(event);
      return event;
    }
  }

  #takeAny(): SimulationEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first && last && heap.length > 0) sink(heap, last);
    return first;
  }

  #happened(event: SimulationEvent): void {
    // Too late to be cancelled.
    event.isCancelled = true;
    if (!event.background) this.#foreground--;
  }
}

const isBefore = (a: SimulationEvent, b: SimulationEvent): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order);

/** Puts an event in the place of the first and restores the order. */
function sink(heap: SimulationEvent[], event: SimulationEvent): void {
  let i = 0;
  for (;;) {
    const left = heap[2 * i + 1];
    if (!left) break;
    const right = heap[2 * i + 2];
    const [child, at] = right && isBefore(right, left) ? [right, 2 * i + 2] : [left, 2 * i + 1];
    if (!isBefore(child, event)) break;
    heap[i] = child;
    i = at;
  }
  heap[i] = event;
}
