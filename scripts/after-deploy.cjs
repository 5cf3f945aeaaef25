const { InvokeCommand, LambdaClient } = require('@aws-sdk/client-lambda');

/**
 * What a deployment does last: it lets the new functions look after the search indexes once, which makes those that are
 * missing, and says which ones were built by another declaration than the one that is deployed now.
 *
 * A plugin of the Serverless Framework. It runs in whatever Node the framework does, so it is plain JavaScript, and it
 * needs nothing but the rights of whoever deploys. The deployment is done by then: what fails here is told, and no more.
 */
module.exports = class AfterDeploy {
  constructor(serverless) {
    this.serverless = serverless;
    this.hooks = { 'after:deploy:deploy': () => this.look() };
  }

  async look() {
    const { service } = this.serverless;
    const { stage } = service.provider;
    try {
      const lambda = new LambdaClient(await this.serverless.getProvider('aws').getAwsSdkV3Config());
      const FunctionName = service.getFunction('maintain').name;
      const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
      const maintained = JSON.parse(Payload.transformToString());
      if (FunctionError) throw new Error(maintained.errorMessage ?? FunctionError);
      for (const line of report(maintained, stage)) say(line);
    } catch (error) {
      say(`The search indexes of ${stage} could not be looked at: ${error.message}`);
      say(`Once that is mended, this tells what is to be done: npm run search -- status --stage ${stage}`);
    }
  }
};

const say = (line) => process.stdout.write(`${line}\n`);

function report({ outdated, healed }, stage) {
  const lines = [];
  if (outdated.length > 0)
    lines.push(
      `Search indexes to be rebuilt, since their declaration has changed: ${outdated.join(', ')}`,
      `  npm run search -- reindex --stage ${stage}`,
    );
  if (healed?.damaged.length > 0)
    lines.push(
      `Search indexes that still differ from the table, and go on being repaired: ${healed.damaged.join(', ')}`,
    );
  return lines.length > 0 ? lines : [`The search indexes of ${stage} are as declared.`];
}
