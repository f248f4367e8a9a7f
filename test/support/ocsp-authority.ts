import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);

/** A certificate for `site.test` with its chain. */
export interface OcspSite {
  readonly name: string;
  readonly chainPem: string;
  readonly keyPem: string;
}

/** What a response is to say. */
export interface OcspResponseOptions {
  readonly status?: 'good' | 'revoked' | 'unknown';
  /** Who signs it: the authority itself, a responder that it has appointed, or a certificate that it made for something else. */
  readonly signer?: 'authority' | 'responder' | 'stranger';
  /** In minutes: 0 for a response without nextUpdate. Default 60. */
  readonly validMinutes?: number;
}

/** A certification authority with an OCSP responder: OpenSSL's own, which Debian has. */
export class OcspAuthority {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Lasts as long as the test that makes it. */
  static async create(): Promise<OcspAuthority> {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-ocsp-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const authority = new OcspAuthority(folder);
    await authority.#openssl(
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 10 -subj /CN=Authority',
      '-keyout authority.key -out authority.pem',
    );
    await authority.#issue('responder', 'extendedKeyUsage=OCSPSigning');
    await authority.#issue('stranger', 'extendedKeyUsage=serverAuth');
    return authority;
  }

  get certificatePem(): string {
    return this.#read('authority.pem').toString();
  }

  /** @param responderUrl goes into the certificate (RFC 5280, section 4.2.2.1) */
  async issue(responderUrl?: string): Promise<OcspSite> {
    const name = 'site.test';
    const access = responderUrl === undefined ? '' : `authorityInfoAccess=OCSP;URI:${responderUrl}\n`;
    await this.#issue('site', `subjectAltName=DNS:${name}\n${access}`);
    return {
      name,
      chainPem: `${this.#read('site.pem').toString()}${this.certificatePem}`,
      keyPem: this.#read('site.key').toString(),
    };
  }

  /** Answers an OCSPRequest in DER. */
  async answer(
    request: Uint8Array,
    { status = 'good', signer = 'responder', validMinutes = 60 }: OcspResponseOptions = {},
  ): Promise<Buffer> {
    const serial = (await this.#openssl('x509 -in site.pem -noout -serial')).trim().replace('serial=', '');
    const state = { good: 'V\t391231235959Z\t', revoked: 'R\t391231235959Z\t200101000000Z', unknown: '' };
    const line = status === 'unknown' ? '' : `${state[status]}\t${serial}\tunknown\t/CN=site.test\n`;
    writeFileSync(join(this.#folder, 'index.txt'), line);
    writeFileSync(join(this.#folder, 'request.der'), request);
    await this.#openssl(
      `ocsp -index index.txt -CA authority.pem -rsigner ${signer}.pem -rkey ${signer}.key`,
      signer === 'authority' ? '-resp_no_certs' : '',
      `-reqin request.der -respout response.der ${validMinutes === 0 ? '' : `-nmin ${validMinutes}`}`,
    );
    return this.#read('response.der');
  }

  async #issue(file: string, extensions: string): Promise<void> {
    writeFileSync(join(this.#folder, `${file}.ext`), extensions);
    await this.#openssl(
      `req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=${file} -keyout ${file}.key`,
      `-out ${file}.csr`,
    );
    await this.#openssl(
      `x509 -req -in ${file}.csr -CA authority.pem -CAkey authority.key -days 5 -extfile ${file}.ext`,
      `-set_serial 0x${randomBytes(8).toString('hex').replace(/^./, '1')} -out ${file}.pem`,
    );
  }

  async #openssl(...commandLine: string[]): Promise<string> {
    const words = commandLine.join(' ').split(' ').filter(Boolean);
    return (await run('openssl', words, { cwd: this.#folder })).stdout;
  }

  #read(file: string): Buffer {
    return readFileSync(join(this.#folder, file));
  }
}
