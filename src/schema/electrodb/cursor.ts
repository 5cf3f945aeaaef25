import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { BadCursorError } from '../../errors.ts';

/** Opaque positions in a list. */
export interface Cursors {
  /** @param scope what the cursor belongs to: field, arguments, organization; it is no use anywhere else */
  encode(position: readonly (string | number)[], scope: string): string;
  /**
   * @param argument name of the argument, for the message
   * @throws {@link BadCursorError} when the cursor is not one that `encode` made for this scope
   */
  decode(cursor: string, scope: string, argument: string): (string | number)[];
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Longer than any cursor of ours; DynamoDB's keys have at most 2 KB and 1 KB. */
const MAX_LENGTH = 8_192;
const CIPHER = 'aes-256-gcm';

/**
 * Cursors encrypted by AES-256-GCM, since they hold keys, and authenticated together with their scope. The nonce is a
 * keyed digest of what is encrypted: equal positions have equal cursors, so that clients can cache by them.
 *
 * @param secret 32 characters or more; another secret makes existing cursors invalid
 */
export function createCursors(secret: string): Cursors {
  const key = keyFor('encryption', secret);
  const nonceKey = keyFor('nonce', secret);
  return {
    encode(position, scope) {
      const plain = JSON.stringify(position);
      const nonce = createHmac('sha256', nonceKey)
        .update(`${scope.length}:${scope}${plain}`)
        .digest()
        .subarray(0, NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(scope));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
    },
    decode(cursor, scope, argument) {
      try {
        if (cursor.length > MAX_LENGTH || !/^[\w-]+$/.test(cursor)) throw new Error('not base64url');
        const bytes = Buffer.from(cursor, 'base64url');
        // Node ignores surplus bits at the end, so that several texts would decode to the same bytes.
        if (bytes.toString('base64url') !== cursor) throw new Error('not canonical base64url');
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(scope));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
        return JSON.parse(plain.toString()) as (string | number)[];
      } catch (cause) {
        throw new BadCursorError(
          argument,
          'is not a cursor of this field with these arguments; take one from an edge or pageInfo of the same query, or leave it out',
          { cause },
        );
      }
    },
  };
}

/** Ready for use: a key of bytes alone is made ready anew for each cursor, which takes four times as long as all else. */
const keyFor = (purpose: string, secret: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `roster cursor ${purpose}`, 32)));
