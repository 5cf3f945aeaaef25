import { stageProblem } from '../scripts/stage-name.cjs';
import { type OptionSpecs, UsageError } from './arguments.ts';

/** The options of commands that work on a deployed stage, or on the local data. */
export const STAGE_OPTIONS = {
  stage: { type: 'string' },
  'env-file': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies OptionSpecs;

/** Which stage a command is for. */
export interface StageOptions {
  /** Undefined for the local data. */
  readonly stage: string | undefined;
  /** A file with the stage's settings. */
  readonly envFile: string | undefined;
}

/** Reads the values of {@link STAGE_OPTIONS}. @throws UsageError */
export function stageOptions({
  stage,
  'env-file': envFile,
}: {
  readonly stage?: string | undefined;
  readonly 'env-file'?: string | undefined;
}): StageOptions {
  if (envFile !== undefined && stage === undefined)
    throw new UsageError('--env-file has the settings of a stage; say which one by --stage, such as --stage prod');
  const problem = stage === undefined ? undefined : stageProblem(stage);
  if (problem) throw new UsageError(`--stage: ${problem}`);
  return { stage, envFile };
}
