import { readdir, readFile } from 'node:fs/promises';
import type { SpecDatabase } from '@aws-cdk/service-spec-types';
import { beforeAll, describe, expect, it } from 'vitest';
import * as handlers from '../handler.ts';
import { stageProblem } from '../scripts/stage-name.cjs';
import { everyEntity } from '../src/entities/system/all.ts';
import { streamFilters } from '../src/search/indexer/event-filter.ts';
import { alarmProblems, watchedBy } from './support/stack/alarms.ts';
import { loadSpec, problemsOf } from './support/stack/cloudformation.ts';
import { deploymentCalls, deployRoleProblems, readDeployRole } from './support/stack/deploy-role.ts';
import { MISTAKES, ROLE_MISTAKES } from './support/stack/mistakes.ts';
import { neededRights, rightsBesideTheTable } from './support/stack/needed-rights.ts';
import { type Packager, startPackager } from './support/stack/package.ts';
import type { Call } from './support/stack/policy.ts';
import { excessesOf, functionsOf, textOf } from './support/stack/rights.ts';
import { tableProblems } from './support/stack/table.ts';
import { decided, isObject, type JsonObject, resourcesOf, type Template } from './support/stack/template.ts';

let spec: SpecDatabase;
let packager: Packager;
let prod: Template;
let ci: Template;
let dev: Template;
let calls: readonly Call[];

const parameters = (...given: readonly string[]) => given.flatMap((each) => ['--param', each]);
const ORIGINS = 'https://a.example,https://b.example';

beforeAll(async () => {
  [spec, packager] = await Promise.all([loadSpec(), startPackager()]);
  prod = decided(
    await packager.package(
      '--stage',
      'prod',
      ...parameters('alarmEmail=ops@example.com', 'searchTokens=on', 'boundary=on'),
    ),
  );
  ci = decided(await packager.package('--stage', 'ci', '--param', `allowedOrigins=${ORIGINS}`));
  dev = decided(await packager.package());
  calls = await deploymentCalls(prod);
  return () => packager.stop();
});

const allProblems = (template: Template) => [
  ...problemsOf(template, spec),
  ...excessesOf(template),
  ...tableProblems(template, everyEntity),
  ...alarmProblems(template, spec),
];
const corsOf = (template: Template) => only(template, 'AWS::ApiGatewayV2::Api')['CorsConfiguration'];
/** What every function takes from the Parameter Store. */
const SECRETS = ['MEILI_HOST', 'MEILI_API_KEY'];
const only = (template: Template, type: string): JsonObject => resourcesOf(template, type)[0] ?? {};

describe.each([
  ['prod', () => prod],
  ['ci', () => ci],
  ['dev', () => dev],
])('the template of %s', (_stage, template) => {
  it('is as CloudFormation takes it, fits the entities, allows no more than is needed, and measures what there is', () => {
    expect(allProblems(template())).toEqual([]);
  });

  it('has a function of each exported handler, on the same platform, with traces', () => {
    const functions = resourcesOf(template(), 'AWS::Lambda::Function');
    expect(
      functionsOf(template())
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(handlers).sort());
    for (const each of functions)
      expect(each).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
      });
  });

  it('keeps the logs of each function and of the API for a while', () => {
    const groups: JsonObject[] = resourcesOf(template(), 'AWS::Logs::LogGroup');
    expect(groups).toHaveLength(Object.keys(handlers).length + 1);
    for (const { RetentionInDays } of groups) expect(RetentionInDays).toBeGreaterThan(0);
  });

  it('logs each request to the API, and nothing of who asked', () => {
    const { AccessLogSettings } = only(template(), 'AWS::ApiGatewayV2::Stage');
    const { DestinationArn, Format } = AccessLogSettings as JsonObject;
    expect(DestinationArn).toEqual({ 'Fn::GetAtt': ['HttpApiLogGroup', 'Arn'] });
    const variables = Object.values(JSON.parse(String(Format)) as Record<string, string>);
    expect(variables.join(' ')).not.toMatch(/identity|authorizer|path|query|protocol|message/i);
    expect(variables.filter((variable) => !/^\$context\.[\w.]+$/.test(variable))).toEqual([]);
  });

  it('delivers the records of the stream that concern an index, in a bounded way', () => {
    const { FilterCriteria, ...mapping } = only(template(), 'AWS::Lambda::EventSourceMapping');
    const { Filters } = FilterCriteria as unknown as { Filters: { Pattern: string }[] };
    expect(Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual(streamFilters());
    expect(mapping).toMatchObject({
      BatchSize: 1000,
      MaximumBatchingWindowInSeconds: 1,
      ParallelizationFactor: 1,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 10_000,
      MaximumRecordAgeInSeconds: 82_800,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } } },
    });
  });

  it('tries calls that nobody waits for again a few times at most, and notes those that have failed', () => {
    const calls = resourcesOf(template(), 'AWS::Lambda::EventInvokeConfig');
    // Those of maintain need no note: another one comes five minutes later.
    const noted = { OnFailure: { Destination: { 'Fn::GetAtt': ['FailedCalls', 'Arn'] } } };
    expect(
      calls.map(({ FunctionName, MaximumRetryAttempts, DestinationConfig }: JsonObject) => [
        FunctionName,
        MaximumRetryAttempts,
        DestinationConfig,
      ]),
    ).toEqual([
      [{ Ref: 'MaintainLambdaFunction' }, 0, {}],
      [{ Ref: 'DoctorLambdaFunction' }, 2, noted],
      [{ Ref: 'ReindexLambdaFunction' }, 2, noted],
    ]);
    for (const each of calls) expect(each).toMatchObject({ MaximumEventAgeInSeconds: expect.any(Number) });
  });

  it('calls maintain every five minutes and doctor once a day', () => {
    const rules = resourcesOf(template(), 'AWS::Events::Rule');
    const called = rules.map(({ ScheduleExpression, State, Targets }: JsonObject) => [
      ScheduleExpression,
      State,
      textOf((Targets as readonly [JsonObject])[0]['Arn'] ?? null),
    ]);
    expect(called).toEqual([
      ['rate(5 minutes)', 'ENABLED', 'MaintainLambdaFunction.Arn'],
      ['rate(1 day)', 'ENABLED', 'DoctorLambdaFunction.Arn'],
    ]);
  });

  it('watches everything that can go wrong', () => {
    const watched = watchedBy(template()).map(({ metric }) => metric);
    expect([...new Set(watched)].sort()).toEqual([
      '5xx',
      'ApproximateNumberOfMessagesVisible',
      'CircuitOpenings',
      'ComparisonAge',
      'DamagedIndexes',
      'Drift',
      'Errors',
      'IteratorAge',
      'Lag',
      'Latency',
      'QuarantinedItems',
      'ReadThrottleEvents',
      'Retried',
      'StreamSilence',
      'Suspects',
      'Throttles',
      'WriteThrottleEvents',
    ]);
    const perFunction = watched.filter((metric) => metric === 'Errors' || metric === 'Throttles');
    expect(perFunction).toHaveLength(2 * Object.keys(handlers).length);
    const queues = watched.filter((metric) => metric === 'ApproximateNumberOfMessagesVisible');
    expect(queues).toHaveLength(resourcesOf(template(), 'AWS::SQS::Queue').length);
  });

  it('has alarms that last as long as their reason, and tell of a gauge that nobody tells any more', () => {
    const alarms: JsonObject[] = resourcesOf(template(), 'AWS::CloudWatch::Alarm');
    const missing = new Map(alarms.map(({ MetricName, TreatMissingData }) => [MetricName, TreatMissingData]));
    for (const gauge of ['QuarantinedItems', 'Drift', 'DamagedIndexes', 'Suspects', 'StreamSilence'])
      expect(missing.get(gauge), gauge).toBe('ignore');
    expect(missing.get('ComparisonAge')).toBe('breaching');
  });

  it('tells a frontend where the API is', () => {
    expect(Object.keys(template().Outputs ?? {})).toEqual(
      expect.arrayContaining(['GraphqlUrl', 'Region', 'Stage', 'AlarmTopicArn']),
    );
  });

  it('allows each function what it needs beside the table, and no more', () => {
    const service = String(only(template(), 'AWS::DynamoDB::Table')['TableName']);
    for (const each of functionsOf(template()))
      expect(rightsBesideTheTable(template(), each.role), each.name).toEqual(neededRights(each, service));
  });

  it('holds names of secrets, none of their values', () => {
    expect(JSON.stringify(template())).not.toContain('{{resolve:');
    for (const { variables } of functionsOf(template()))
      for (const secret of SECRETS) {
        expect(variables).not.toHaveProperty(secret);
        expect(variables).toHaveProperty(`${secret}_PARAMETER`, expect.stringMatching(/^\/roster\//));
      }
  });
});

it('prod is guarded', () => {
  expect(prod.Resources['Table']).toMatchObject({
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    },
  });
  expect(prod.Resources['DeadLetters']).toMatchObject({ DeletionPolicy: 'Retain' });
  expect(prod.Resources['GraphqlLambdaFunction']?.Properties).toMatchObject({ ReservedConcurrentExecutions: '200' });
  expect(prod.Resources['AlarmEmail']?.Properties).toMatchObject({ Endpoint: 'ops@example.com' });
  expect(only(prod, 'AWS::ApiGatewayV2::Stage')['DefaultRouteSettings']).toEqual({
    ThrottlingRateLimit: 1_000,
    ThrottlingBurstLimit: 2_000,
  });
});

it.each([
  ['ci', () => ci],
  ['dev', () => dev],
])(
  '%s leaves nothing behind, and takes neither concurrency nor a boundary that new accounts have not',
  (_stage, template) => {
    for (const { DeletionPolicy } of Object.values(template().Resources)) expect(DeletionPolicy).not.toBe('Retain');
    expect(template().Resources['Table']).toMatchObject({
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    });
    expect(template().Resources).not.toHaveProperty('AlarmEmail');
    for (const role of resourcesOf(template(), 'AWS::IAM::Role'))
      expect(role).not.toHaveProperty('PermissionsBoundary');
    const reserved = resourcesOf(template(), 'AWS::Lambda::Function').filter(
      (each) => 'ReservedConcurrentExecutions' in each,
    );
    expect(reserved).toEqual([]);
  },
);

it('browsers may call prod from no page until pages are named, and other stages from any', () => {
  expect(corsOf(prod)).toBeUndefined();
  expect(corsOf(ci)).toMatchObject({ AllowOrigins: { 'Fn::Split': [',', ORIGINS] } });
  expect(corsOf(dev)).toMatchObject({ AllowOrigins: { 'Fn::Split': [',', '*'] } });
});

it('no stage has a name that another stage could be taken for', async () => {
  await expect(packager.package('--stage', 'prod-eu')).rejects.toThrow('a stage can\'t be called "prod-eu"');
});

it('a bundle from before the last change of the code is not packaged', async () => {
  await packager.touchSource();
  await expect(packager.package('--stage', 'prod')).rejects.toThrow(
    'the bundle is older than handler.ts; make it anew and package it by: npm run package -- --stage prod',
  );
});

it('every file of entities is among those that are checked', async () => {
  const declared = ['src/entities', 'src/entities/system'].map(async (folder) => {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
    const texts = await Promise.all(names.map((name) => readFile(`${folder}/${name}`, 'utf8')));
    return texts.flatMap((text) => /^export const \w+ = defineEntity\(\{\n {2}name: '(\w+)'/m.exec(text)?.[1] ?? []);
  });
  // The guards of unique values are the one entity of core/.
  const names = [...(await Promise.all(declared)).flat(), 'unique'];
  expect(everyEntity.map(({ name }) => name).sort()).toEqual(names.sort());
});

/** A copy of the template of prod in which a text is another one wherever it stands. */
const changed = (from: string, to: string): Template => {
  const text = JSON.stringify(prod);
  expect(text).toContain(from);
  return JSON.parse(text.replaceAll(from, to));
};

it.each(MISTAKES)('%s is noticed', (_what, from, to, problem) => {
  expect(allProblems(changed(from, to))).toContainEqual(expect.stringMatching(problem));
});

it('the role by which GitHub deploys is as CloudFormation takes it, and allows what a deployment calls and nothing else', async () => {
  const role = await readDeployRole();
  expect(problemsOf(role, spec)).toEqual([]);
  expect(await deployRoleProblems(role, prod, calls)).toEqual([]);
});

it.each(ROLE_MISTAKES)('in the role by which GitHub deploys, %s is noticed', async (_what, from, to, problem) => {
  expect(await deployRoleProblems(await readDeployRole(from, to), prod, calls)).toContainEqual(
    expect.stringMatching(problem),
  );
});

it.each(['prod', 'a', 'pr1234567890123', '', 'pr12345678901234', 'Prod', '1st', 'pr-1', 'pröd'])(
  'the role of a stage "%s" can be made if the stage can be packaged, and not otherwise',
  async (stage) => {
    const { Parameters } = await readDeployRole();
    expect(Parameters).toMatchObject({ Stage: { AllowedPattern: expect.any(String) } });
    const pattern = isObject(Parameters?.['Stage']) && Parameters['Stage']['AllowedPattern'];
    // CloudFormation has the pattern match all of a value.
    const accepted = new RegExp(`^(?:${pattern})$`).test(stage);
    expect(accepted).toBe(stageProblem(stage) === undefined);
  },
);

it('conditions are decided by texts, since CloudFormation compares nothing else', () => {
  const Conditions = { Odd: { 'Fn::Equals': [true, 'true'] } };
  const Resources = { Topic: { Type: 'AWS::SNS::Topic', Condition: 'Odd' } };
  expect(() => decided({ Conditions, Resources })).toThrow('a condition is');
});
