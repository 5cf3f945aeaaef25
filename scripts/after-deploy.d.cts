/** What the framework gives to plugins, as far as this one looks. */
interface Serverless {
  readonly service: {
    readonly provider: { readonly stage: string };
    getFunction(name: string): { readonly name: string };
  };
  getProvider(name: 'aws'): { request(service: string, method: string, input: unknown): Promise<unknown> };
}

/** Tells after a deployment which search indexes must be rebuilt. */
declare class AfterDeploy {
  constructor(serverless: Serverless);
  readonly hooks: { readonly 'after:deploy:deploy': () => Promise<void> };
}

export = AfterDeploy;
