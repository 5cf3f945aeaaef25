/** Whether a server runs, is suspended with its connections open, or is gone. */
export type PowerState = 'up' | 'stopped' | 'down';

/** What a server does about it. */
export interface PowerListeners {
  readonly onStart: () => void;
  readonly onKill: () => void;
}

/** The switch of a server. */
export class Power {
  readonly #listeners: PowerListeners;
  #state: PowerState = 'up';
  #waiting: (() => void)[] = [];

  constructor(listeners: PowerListeners) {
    this.#listeners = listeners;
  }

  get state(): PowerState {
    return this.#state;
  }

  /** As with `kill -9`: what is stored stays. */
  kill(): void {
    this.#state = 'down';
    this.#listeners.onKill();
    this.#wake();
  }

  start(): void {
    this.#state = 'up';
    this.#listeners.onStart();
  }

  /** As with SIGSTOP: requests that arrive wait. */
  stop(): void {
    if (this.#state === 'up') this.#state = 'stopped';
  }

  /** As with SIGCONT. */
  resume(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'up';
    this.#wake();
  }

  /** Does something now, or when the server goes on or is killed. */
  onceAwake(action: () => void): void {
    if (this.#state === 'stopped') this.#waiting.push(action);
    else action();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const action of waiting) action();
  }
}
