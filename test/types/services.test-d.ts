import type { ApiConfig } from '../../src/api-config.ts';
import type { Config } from '../../src/config.ts';
import { createServer } from '../../src/server.ts';
import { createApiServices, createServices } from '../../src/services.ts';

declare const config: Config;
declare const apiConfig: ApiConfig;

createServer(createApiServices(apiConfig));
// @ts-expect-error without what tokens are verified by
createServer(createServices(apiConfig));
// @ts-expect-error without what cursors are encrypted by
createServer({ ...createApiServices(apiConfig), config });
// @ts-expect-error without any of it
createApiServices(config);
