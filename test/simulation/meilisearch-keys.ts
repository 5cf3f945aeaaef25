import type { WriteKey } from '../../src/search/engine/engine.ts';
import { EngineRefusal } from '../../src/search/engine/errors.ts';

/** The keys of a server. A secret follows from the uid and the master key. */
export class MeilisearchKeys {
  readonly #now: () => Date;
  #expiry = new Map<string, number>();
  #masterKey = 'master-0';
  #rotations = 0;
  /** All that was ever deleted, by uid: a snapshot may bring it back. */
  readonly #deleted = new Set<string>();

  /** @param now by the server's clock */
  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Opens everything. */
  get masterKey(): string {
    return this.#masterKey;
  }

  /** Those that nobody has deleted, good or not. */
  get left(): readonly string[] {
    return [...this.#expiry.keys()].filter((uid) => !this.#deleted.has(uid));
  }

  /** @throws EngineRefusal */
  create(uid: string, expiresAt: Date): WriteKey {
    if (this.#expiry.has(uid)) throw new EngineRefusal('api_key_already_exists', `\`uid\` ${uid} is taken.`);
    if (expiresAt <= this.#now()) throw new EngineRefusal('invalid_api_key_expires_at', 'a key must expire later');
    this.#expiry.set(uid, expiresAt.getTime());
    return { uid, key: this.#secret(uid) };
  }

  delete(uid: string): void {
    this.#expiry.delete(uid);
    this.#deleted.add(uid);
  }

  /** @throws EngineRefusal unless this is the key of a writer, and good */
  admitWriter(secret: string): void {
    const separator = secret.lastIndexOf(' ');
    const uid = secret.slice(separator + 1);
    const expiresAt = this.#expiry.get(uid);
    const isGood = expiresAt !== undefined && this.#now().getTime() < expiresAt && secret === this.#secret(uid);
    if (!isGood) throw invalidKey();
  }

  /** @throws EngineRefusal unless this is the master key */
  admitAdmin(secret: string): void {
    if (secret !== this.#masterKey) throw invalidKey();
  }

  /** The server is started with another master key; the secrets of all keys change with it. */
  rotate(): void {
    this.#masterKey = `master-${++this.#rotations}`;
  }

  /** What a snapshot holds of it; the master key is given at the start and not stored. */
  saved(): ReadonlyMap<string, number> {
    return new Map(this.#expiry);
  }

  restore(saved: ReadonlyMap<string, number>): void {
    this.#expiry = new Map(saved);
  }

  #secret(uid: string): string {
    return `${this.#masterKey} ${uid}`;
  }
}

const invalidKey = () => new EngineRefusal('invalid_api_key', 'The provided API key is invalid.');
