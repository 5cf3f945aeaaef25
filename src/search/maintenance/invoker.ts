/** Has Lambda functions run by themselves. */
export interface Invoker {
  /**
   * Has a function run later, with an event that JSON can hold.
   *
   * @param name of the function, or its ARN
   * @throws what Lambda refuses; then nothing runs
   */
  invoke(name: string, event: object): Promise<void>;
}

/** Lambda's own. Its client is loaded by the first call: hardly any process ever makes one. */
export const lambdaInvoker = (): Invoker => ({
  async invoke(name, event) {
    const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
    const client = new LambdaClient();
    const Payload = JSON.stringify(event);
    await client.send(new InvokeCommand({ FunctionName: name, InvocationType: 'Event', Payload }));
    client.destroy();
  },
});
