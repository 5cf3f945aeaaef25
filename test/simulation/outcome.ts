import { ConditionFailed } from '../../src/entities/core/statements.ts';
import { RosterError } from '../../src/errors.ts';

/** What a server answers: a value, or why not. */
export type Outcome<T> = { readonly value: T } | { readonly refusal: Error };

/** What comes of something now, to be answered later. @throws what no server answers: a mistake in model or caller */
export function outcomeOf<T>(act: () => T): Outcome<T> {
  try {
    return { value: act() };
  } catch (error) {
    if (error instanceof RosterError || error instanceof ConditionFailed) return { refusal: error };
    throw error;
  }
}
