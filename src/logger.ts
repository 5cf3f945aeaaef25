import { LogFormatter, LogItem, Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import type { LogAttributes, LogLevel, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { currentRequest } from './request.ts';
import type { Logger } from './runtime.ts';

/** What lines are of and where they go. */
export interface LogOptions {
  /** `debug`, `info`, `warn`, `error` or `silent`. */
  readonly level: string;
  /** Whose lines they are, where several services share a log. @defaultValue `roster` */
  readonly service?: string;
  /** @defaultValue standard output */
  readonly output?: NodeJS.WritableStream;
}

/**
 * JSON lines in the form of AWS Lambda Powertools. A line that is written on behalf of a request has its id.
 *
 * https://docs.aws.amazon.com/powertools/typescript/latest/features/logger/
 */
export function realLogger({ level, service = 'roster', output = process.stdout }: LogOptions): AdjustableLogger {
  const lines = new Lines(output, { serviceName: service, logLevel: levelOf(level), logFormatter: new Formatter() });
  const at = (name: keyof Logger) => (facts: object, message: string) => {
    const request = currentRequest();
    lines[name](message, { ...(request && { requestId: request.id }), ...facts });
  };
  return {
    ...{ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    setLevel: (next) => lines.setLogLevel(levelOf(next)),
  };
}

/** A logger that can be made more talkative, or less. */
export interface AdjustableLogger extends Logger {
  /** @param level as in {@link LogOptions} */
  setLevel(level: string): void;
}

// The names of the configuration, in capitals.
const levelOf = (level: string): LogLevel => level.toUpperCase() as LogLevel;

class Lines extends PowertoolsLogger {
  readonly #output: NodeJS.WritableStream;

  constructor(output: NodeJS.WritableStream, options: ConstructorParameters<typeof PowertoolsLogger>[0]) {
    super(options);
    this.#output = output;
  }

  // By itself it writes warnings elsewhere than what they belong to.
  protected override printLog(_level: number, item: LogItem): void {
    item.prepareForPrint();
    this.#output.write(`${JSON.stringify(item.getAttributes(), this.getJsonReplacer())}\n`);
  }
}

class Formatter extends LogFormatter {
  formatAttributes(attributes: UnformattedAttributes, more: LogAttributes): LogItem {
    const { logLevel: level, message, timestamp, serviceName: service, xRayTraceId } = attributes;
    return new LogItem({
      attributes: { level, message, timestamp: this.formatTimestamp(timestamp), service, xray_trace_id: xRayTraceId },
    }).addAttributes(more);
  }

  /** What happened and where. An error's other properties may hold items, and with them personal data. */
  override formatError(error: Error): LogAttributes {
    const { name, message, stack, cause } = error;
    return {
      name,
      message,
      stack,
      ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
      ...(cause instanceof Error ? { cause: this.formatError(cause) } : {}),
    };
  }
}
