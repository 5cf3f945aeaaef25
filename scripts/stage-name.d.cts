/** What is wrong with the name of a stage, and how one may be called; undefined where nothing is. */
export function stageProblem(stage: string): string | undefined;
