import { createRequire } from 'node:module';
import type AfterDeploy from '../../scripts/after-deploy.cjs';

/** The framework, as far as a plugin of its is given it, and the commands that it and its plugins have. */
export type Framework = ConstructorParameters<typeof AfterDeploy>[0] & {
  readonly pluginManager: { getCommands(): Readonly<Record<string, object>> };
  init(): Promise<void>;
};
// It has no types.
const Serverless: new (options: object) => Framework = createRequire(import.meta.url)('serverless/lib/serverless');

/** The Serverless Framework itself, as it is when it has read its command and a configuration. */
export async function startFramework(command: string, configuration: object): Promise<Framework> {
  const framework = new Serverless({
    commands: [command],
    options: { stage: 'test', region: 'eu-central-1' },
    serviceDir: process.cwd(),
    configurationFilename: 'serverless.yml',
    configuration: {
      service: 'roster',
      provider: { name: 'aws', region: 'eu-central-1', stage: 'test' },
      ...configuration,
    },
    isConfigurationResolved: true,
    hasResolvedCommandsExternally: true,
    isTelemetryReportedExternally: true,
  });
  await framework.init();
  return framework;
}
