const { rm } = require('node:fs/promises');
const { join } = require('node:path');

// Not where the bundle is that is deployed.
const DIR = 'dist/offline';

/**
 * Brings `sls offline`, for that command alone: deployments, which hold the keys to an account, load no part of it. Before
 * it starts, the functions are bundled and put on the servers of this machine. By themselves they would ask the Parameter
 * Store for secrets, and use the table of the stage.
 *
 * A plugin of the Serverless Framework, and so plain JavaScript; what it imports, and the functions, need Lambda's Node.
 */
module.exports = class Offline {
  constructor(serverless, options, utilities) {
    if (serverless.processedInput.commands[0] !== 'offline') return;
    const { default: ServerlessOffline } = require('serverless-offline');
    serverless.pluginManager.addPlugin(
      class extends ServerlessOffline {
        constructor() {
          // The utilities are what it prints by; the framework has them for those alone that serverless.yml lists.
          super(serverless, options, utilities);
        }
      },
    );
    const prepare = () => localize(serverless, options);
    this.hooks = { 'before:offline:start': prepare, 'before:offline:start:init': prepare };
  }
};

async function localize({ service, serviceDir, classes }, { lambdaPort = 3002 }) {
  // The framework's own class: others are printed with where they were thrown.
  if (!process.features.typescript)
    throw new classes.Error(`Node ${process.version} is not the functions' own; npx takes that: npx sls offline`);
  const { localSettings, offlineEnvironment } = await import('../dev/offline.ts');
  try {
    const settings = await localSettings(serviceDir, process.env);
    const { environment } = service.provider;
    // What all functions have would be given to each once more, after its own.
    service.provider.environment = {};
    for (const definition of Object.values(service.functions)) {
      const template = { ...environment, ...definition.environment };
      definition.environment = offlineEnvironment(template, settings, `http://localhost:${lambdaPort}`);
      definition.handler = definition.handler.replace('dist/bundle', DIR);
    }
    await bundleIn(join(serviceDir, DIR));
    process.stdout.write(`Functions use ${settings.DYNAMODB_ENDPOINT} and ${settings.MEILI_HOST}\n`);
  } catch (error) {
    throw new classes.Error(error.message);
  }
}

/** As for a deployment, but in words that stack traces can be read by. */
async function bundleIn(dir) {
  const { bundle } = await import('./bundle.ts');
  await rm(dir, { recursive: true, force: true });
  await bundle(dir, { minify: false, sourcemap: 'linked' });
}
