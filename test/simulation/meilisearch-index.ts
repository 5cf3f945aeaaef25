import type { Settings } from 'meilisearch';
import type { Document } from '../../src/search/document.ts';
import type { DocumentQuery } from '../../src/search/engine/engine.ts';
import { EngineRefusal } from '../../src/search/engine/errors.ts';

/** What an index has unless it is told otherwise: Meilisearch 1.21's own. */
const DEFAULTS: Settings = {
  displayedAttributes: ['*'],
  searchableAttributes: ['*'],
  filterableAttributes: [],
  sortableAttributes: [],
  rankingRules: ['words', 'typo', 'proximity', 'attribute', 'sort', 'exactness'],
  stopWords: [],
  nonSeparatorTokens: [],
  separatorTokens: [],
  dictionary: [],
  synonyms: {},
  distinctAttribute: null,
  proximityPrecision: 'byWord',
  typoTolerance: {
    enabled: true,
    minWordSizeForTypos: { oneTypo: 5, twoTypos: 9 },
    disableOnWords: [],
    disableOnAttributes: [],
    disableOnNumbers: false,
  },
  faceting: { maxValuesPerFacet: 100, sortFacetValuesBy: { '*': 'alpha' } },
  pagination: { maxTotalHits: 1_000 },
  embedders: {},
  searchCutoffMs: null,
  localizedAttributes: null,
  facetSearch: true,
  prefixSearch: 'indexingTime',
};

const ID = /^[A-Za-z0-9_-]{1,511}$/;
const RANGE = /^(\w+) (\d+) TO (\d+)$/;
const ABSENCE = /^\s*([\w.]+)\s+NOT EXISTS\s*$/;
const EQUALITY = /^\s*([\w.]+)\s*=\s*("(?:[^"\\]|\\.)*"|[\w.-]+)\s*$/;

/** Why a document can't be in an index, by Meilisearch's own codes. */
export function problemOf({ id }: Document): 'missing_document_id' | 'invalid_document_id' | undefined {
  if (id === undefined) return 'missing_document_id';
  return ID.test(id) ? undefined : 'invalid_document_id';
}

/** Contents and settings of an index; its name is the server's business, for a swap changes it. */
export class MeilisearchIndex {
  /** RFC 3339. */
  readonly createdAt: string;
  #settings: Settings;
  readonly #documents: Map<string, Document>;

  constructor(createdAt: string, settings: Settings = DEFAULTS, documents: Iterable<[string, Document]> = []) {
    this.createdAt = createdAt;
    this.#settings = settings;
    this.#documents = new Map(documents);
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** For the invariants of a simulation. */
  get documents(): ReadonlyMap<string, Document> {
    return this.#documents;
  }

  /** Changes the settings that are given; null gives a default back. */
  update(settings: Settings): void {
    const given = Object.entries(settings).map(([name, value]) => [name, value ?? DEFAULTS[name as keyof Settings]]);
    this.#settings = { ...this.#settings, ...Object.fromEntries(given) };
  }

  put(document: Document): void {
    this.#documents.set(document.id, document);
  }

  delete(id: string): void {
    this.#documents.delete(id);
  }

  clear(): void {
    this.#documents.clear();
  }

  /** An independent copy, as a snapshot has it. */
  copy(): MeilisearchIndex {
    return new MeilisearchIndex(this.createdAt, this.#settings, this.#documents);
  }

  /** @throws EngineRefusal `invalid_document_ids`, `invalid_document_filter` */
  fetch(query: DocumentQuery): Document[] {
    if ('ids' in query) {
      const bad = query.ids.find((id) => !ID.test(id));
      if (bad !== undefined) throw new EngineRefusal('invalid_document_ids', `${bad} can be no document's id`);
      return [...new Set(query.ids)].reverse().flatMap((id) => this.#documents.get(id) ?? []);
    }
    const matches = this.#filter(query.filter);
    const found: Document[] = [];
    let skipped = 0;
    for (const document of this.#documents.values()) {
      if (found.length === query.limit) break;
      if (!matches(document)) continue;
      if (skipped++ >= query.offset) found.push(document);
    }
    return found;
  }

  /** Equalities, ranges and absences joined by AND: what the indexer asks, and no more. */
  #filter(filter: string | undefined): (document: Document) => boolean {
    if (filter === undefined) return () => true;
    const tests = filter.split(/\s+AND\s+/).map((part) => {
      const [, absent] = ABSENCE.exec(part) ?? [];
      const [, ranged, from, to] = RANGE.exec(part) ?? [];
      const [, name = absent ?? ranged ?? '', text = ''] = EQUALITY.exec(part) ?? [];
      if (name === '') throw new EngineRefusal('invalid_document_filter', `the model does not know "${part}"`);
      if (!this.#filterable.includes(name)) {
        throw new EngineRefusal('invalid_document_filter', `Attribute \`${name}\` is not filterable.`);
      }
      if (absent !== undefined) return (document: Document) => document[name] === undefined;
      if (ranged !== undefined)
        return (document: Document) => Number(document[name]) >= Number(from) && Number(document[name]) <= Number(to);
      const wanted = folded(text.startsWith('"') ? (JSON.parse(text) as string) : text);
      return (document: Document) => folded(document[name]) === wanted;
    });
    return (document) => tests.every((test) => test(document));
  }

  get #filterable(): readonly unknown[] {
    return this.#settings.filterableAttributes ?? [];
  }
}

/** Equality does not tell case. */
const folded = (value: unknown): string => String(value).trim().toLowerCase();
