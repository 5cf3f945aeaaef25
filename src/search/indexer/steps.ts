/** A step that was not done, and why. */
export interface FailedStep {
  /** What it is, for people, such as `watching the search engine`. */
  readonly step: string;
  readonly error: unknown;
}

/** Takes steps one after the other, each of them whatever has become of those before. */
export class Steps {
  readonly #onFailure: (failed: FailedStep) => void;
  readonly #failed: FailedStep[] = [];

  /** @param onFailure told of each step that fails, at once */
  constructor(onFailure: (failed: FailedStep) => void) {
    this.#onFailure = onFailure;
  }

  /** Those that have failed by now, in their order. */
  get failed(): readonly FailedStep[] {
    return this.#failed;
  }

  /** @returns what the step came to; undefined when it has failed */
  async take<T>(step: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const failed = { step, error };
      this.#failed.push(failed);
      this.#onFailure(failed);
      return undefined;
    }
  }
}
