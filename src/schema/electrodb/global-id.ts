import { isKeySafe } from '../../entities/core/keys.ts';
import { BadInputError } from '../../errors.ts';
import { withArticle } from './names.ts';

/** A type's name and an id that is unique within it. */
export interface GlobalId {
  readonly typename: string;
  readonly id: string;
}

/** An opaque id that is unique over all types. */
export const encodeGlobalId = (typename: string, id: string): string =>
  Buffer.from(`${typename}:${id}`).toString('base64url');

/**
 * @param argument name of the argument, for the message
 * @throws {@link BadInputError} when it is not an id that `encodeGlobalId` made
 */
export function decodeGlobalId(globalId: string, argument: string): GlobalId {
  const [typename = '', id = '', ...rest] = Buffer.from(globalId, 'base64url').toString().split(':');
  if (rest.length > 0 || !/^[A-Z]\w*$/.test(typename) || !isKeySafe(id) || encodeGlobalId(typename, id) !== globalId) {
    throw new BadInputError(
      argument,
      `"${globalId.slice(0, 60)}" is not an id of this API; pass one from an object's id field`,
    );
  }
  return { typename, id };
}

/**
 * The id within one type.
 *
 * @throws {@link BadInputError} when it is malformed or of another type
 */
export function decodeIdOf(typename: string, globalId: string, argument: string): string {
  const decoded = decodeGlobalId(globalId, argument);
  if (decoded.typename !== typename) {
    const [given, wanted] = [decoded.typename, typename].map(withArticle);
    throw new BadInputError(argument, `is the id of ${given}; pass the id of ${wanted}`);
  }
  return decoded.id;
}
