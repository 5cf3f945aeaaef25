import type { LambdaClientConfig } from '@aws-sdk/client-lambda';

/** What the framework gives to plugins, as far as this one looks. */
interface Serverless {
  readonly service: {
    readonly provider: { readonly stage: string };
    getFunction(name: string): { readonly name: string };
  };
  getProvider(name: 'aws'): { getAwsSdkV3Config(): Promise<LambdaClientConfig> };
}

/** Tells after a deployment which search indexes must be rebuilt. */
declare class AfterDeploy {
  constructor(serverless: Serverless);
  readonly hooks: { readonly 'after:deploy:deploy': () => Promise<void> };
}

export = AfterDeploy;
