import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { Deployment } from './deployment.js';

/** What a visitor got. */
export interface Visit {
  readonly statusCode: number | undefined;
  readonly body: string;
}

/** Fetches a site's front page through the edge over a new connection, with Node's own TLS, and checks the certificate. */
export function visit({ edge, siteCaFile }: Deployment, siteName: string): Promise<Visit> {
  return new Promise((resolve, reject) => {
    request({
      host: '127.0.0.1',
      port: edge.port,
      servername: siteName,
      headers: { host: siteName },
      ca: readFileSync(siteCaFile),
      agent: false,
    })
      .on('response', (response) => {
        let body = '';
        response
          .setEncoding('utf8')
          .on('data', (text: string) => (body += text))
          .on('end', () => resolve({ statusCode: response.statusCode, body }))
          .on('error', reject);
      })
      .on('error', reject)
      .end();
  });
}
