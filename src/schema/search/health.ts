import { openTo } from '../../auth/policy.ts';
import { constantCase } from '../../entities/core/enumeration.ts';
import type { SearchBatch } from '../../entities/system/search-batch.ts';
import { SEARCH_PHASES } from '../../entities/system/search-state.ts';
import { CIRCUIT_STATES, type CircuitState } from '../../search/breaker.ts';
import {
  type ComparisonHealth,
  type EntityHealth,
  type IndexHealth,
  type RunHealth,
  readHealth,
  type SearchHealth,
} from '../../search/health.ts';
import { builder } from '../builder.ts';
import { SearchType } from './types.ts';

const PhaseType = builder.enumType('SearchPhase', {
  description: 'How far the rebuild of indexes beside the live ones is; `LIVE` when there is none.',
  values: Object.fromEntries(SEARCH_PHASES.map((phase) => [constantCase(phase), { value: phase }])),
});

const CIRCUITS: Readonly<Record<CircuitState, string>> = {
  closed: 'Searches are sent, as they should be.',
  open: 'Searches got no answer: for some seconds each fails at once, and the next one after that is sent again.',
  'half-open': 'One search is under way to see whether there are answers again; all others fail at once.',
};

const CircuitType = builder.enumType('SearchCircuit', {
  description: 'Whether searches are sent to the search engine.',
  values: Object.fromEntries(
    CIRCUIT_STATES.map((state) => [constantCase(state), { value: state, description: CIRCUITS[state] }]),
  ),
});

const EngineType = builder.objectRef<SearchHealth['engine']>('SearchEngineHealth').implement({
  description: 'How the search engine is.',
  fields: (t) => ({
    available: t.boolean({
      description: 'Whether it answered in the time that a search may take.',
      resolve: (engine) => !('problem' in engine),
    }),
    problem: t.string({
      nullable: true,
      description: 'Why it did not, for people.',
      resolve: (engine) => ('problem' in engine ? engine.problem : null),
    }),
    pendingTasks: t.int({
      nullable: true,
      description: 'Tasks that it has still to do, those of others who share it included; null when it is away.',
      resolve: (engine) => ('pendingTasks' in engine ? engine.pendingTasks : null),
    }),
    circuit: t.field({
      type: CircuitType,
      description: 'Whether the process that answers this sends searches to it; each process decides for itself.',
      resolve: (_engine, _args, { search }) => search.circuit,
    }),
  }),
});

const IndexType = builder.objectRef<IndexHealth>('SearchIndexHealth').implement({
  description: 'An index that gets documents.',
  fields: (t) => ({
    name: t.exposeString('name', { description: "Its name, less the stage's prefix." }),
    documents: t.expose('documents', {
      type: 'SafeInt',
      nullable: true,
      description: 'How many it holds, of all organizations; null when the engine is away or has no such index.',
    }),
  }),
});

const RebuildType = builder.objectRef<RunHealth>('SearchRebuild').implement({
  description: 'A rebuild of indexes.',
  fields: (t) => ({
    run: t.exposeString('run', { description: 'Its id, which ends the names of the indexes that it makes.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
    rows: t.expose('rows', { type: 'SafeInt', description: 'Rows of the table, of all kinds, that are done.' }),
    segments: t.exposeInt('segments', { description: 'Parts of the table, all of about the same size.' }),
    segmentsDone: t.exposeInt('segmentsDone', { description: 'Parts that are done whole.' }),
    isAlive: t.exposeBoolean('isAlive', {
      description:
        'Whether the process that works on it gave a sign of life within a minute; it need not while indexes soak.',
    }),
    soakUntil: t.expose('soakUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when the indexes from before are kept; null before the new ones are in place.',
    }),
  }),
});

const ComparisonType = builder.objectRef<ComparisonHealth>('SearchComparison').implement({
  description: 'A comparison of indexes with the table.',
  fields: (t) => ({
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      description: 'When it began: every document was compared then or later.',
    }),
    drift: t.expose('drift', {
      type: 'SafeInt',
      description: 'Documents that differed and were not repaired since.',
    }),
  }),
});

const EntityType = builder
  .objectRef<EntityHealth & { readonly rebuild: RunHealth | undefined }>('SearchEntityHealth')
  .implement({
    description: 'How the indexes of one type are.',
    fields: (t) => ({
      type: t.field({ type: SearchType, description: 'The type.', resolve: ({ entity }) => entity }),
      phase: t.expose('phase', { type: PhaseType, description: 'How far a rebuild is.' }),
      damage: t.exposeString('damage', {
        nullable: true,
        description: 'Why the live indexes may lack documents or hold wrong ones; null when nothing is known.',
      }),
      isOutdated: t.exposeBoolean('isOutdated', {
        description: "Whether the live indexes are to be rebuilt: built by another declaration than today's, or never.",
      }),
      indexes: t.expose('indexes', {
        type: [IndexType],
        description: 'The live indexes first, then those of a rebuild that get every write beside them.',
      }),
      quarantined: t.exposeInt('quarantined', {
        description: 'Objects that can not be indexed as they are; 1,000 stands for as many or more.',
      }),
      comparison: t.expose('comparison', {
        type: ComparisonType,
        nullable: true,
        description:
          'The last comparison of the live indexes with the table; null where none has come to its end yet since they are in place.',
      }),
      rebuild: t.expose('rebuild', {
        type: RebuildType,
        nullable: true,
        description: 'The rebuild, where there is one.',
      }),
    }),
  });

const BatchType = builder.objectRef<SearchBatch>('SearchBatch').implement({
  description: 'A batch of changes on their way into the indexes.',
  fields: (t) => ({
    endedAt: t.expose('endedAt', { type: 'DateTime', description: 'When it was done with.' }),
    lagSeconds: t.expose('lagSeconds', {
      type: 'SafeInt',
      description: 'From its oldest write to its end, when that could be found; up to a second too much.',
    }),
    records: t.expose('records', { type: 'SafeInt', description: 'Changes in it.' }),
    applied: t.expose('applied', { type: 'SafeInt', description: 'Objects that are in the indexes as in the table.' }),
    quarantined: t.expose('quarantined', { type: 'SafeInt', description: 'Objects that can not be indexed.' }),
    failed: t.expose('failed', { type: 'SafeInt', description: 'Changes that are to be tried again.' }),
  }),
});

const HealthType = builder.objectRef<SearchHealth>('SearchHealth').implement({
  description: 'How the search is, over all organizations.',
  fields: (t) => ({
    engine: t.expose('engine', { type: EngineType, description: 'The search engine.' }),
    entities: t.field({
      type: [EntityType],
      description: 'The indexes of each type.',
      resolve: ({ entities, runs }) =>
        entities.map((entity) => ({ ...entity, rebuild: runs.find(({ run }) => run === entity.run) })),
    }),
    lastBatch: t.expose('lastBatch', {
      type: BatchType,
      nullable: true,
      description: 'The newest batch that was reported, which each process does once a minute; null before the first.',
    }),
    suspects: t.int({
      description:
        'Writers whose requests may have arrived with nobody having looked yet; what they were about to write is checked.',
      resolve: ({ writers }) => writers.filter(({ isSuspect }) => isSuspect).length,
    }),
  }),
});

builder.queryField('searchHealth', (t) =>
  t.field({
    type: HealthType,
    nullable: true,
    description: `How the search is. ${openTo('health:read')}`,
    authScopes: { may: 'health:read' },
    resolve: (_root, _args, ctx) => readHealth(ctx),
  }),
);
