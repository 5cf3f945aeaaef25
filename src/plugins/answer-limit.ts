import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { isMutation } from './mutation.ts';
import { refusal } from './refusal.ts';

/** Puts an error in the place of answers that Lambda would not let through. @param limit bytes of JSON */
export function useAnswerLimit(limit: number): Plugin {
  const mutations = new WeakSet<object>();
  return {
    onExecute({ args }) {
      if (isMutation(args)) mutations.add(args.contextValue.request);
    },
    onResultProcess({ request, result, setResult }) {
      if (isAsyncIterable(result) || Array.isArray(result)) return;
      const json = JSON.stringify(result);
      const bytes = Buffer.byteLength(json);
      if (bytes > limit) setResult({ errors: [tooLarge(bytes, limit, mutations.has(request))] });
      // Yoga need not write the same again; of errors, it leaves out what is for itself.
      else if (!result.errors) setResult({ ...result, stringify: () => json });
    },
  };
}

function tooLarge(bytes: number, limit: number, wasMutation: boolean) {
  const cure = wasMutation
    ? 'the mutation has been executed: read what came of it by smaller pages, and select less of it next time'
    : 'ask for smaller pages, or for fewer fields';
  return refusal('ANSWER_TOO_LARGE', `the answer has ${bytes} bytes where ${limit} are allowed; ${cure}`);
}
