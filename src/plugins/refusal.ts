import { GraphQLError } from 'graphql';

/** A request that is refused before anything of it runs, under a code of its own. @param status 400 when left out */
export const refusal = (code: string, message: string, status = 400): GraphQLError =>
  new GraphQLError(message, { extensions: { code, http: { status } } });
