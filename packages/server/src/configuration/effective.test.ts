import { describe, expect, it } from 'vitest';
import { formatEffectiveConfiguration } from './effective.js';
import { parseConfiguration } from './parse.js';

const FILE = '/etc/keyless/server.yaml';
const TEXT = `
port: 2408
sign_timeout: 5000000000
private_key_dirs: keys
metrics_port: off
private_key_stores:
- dir: more
  passphrase_file: phrase.txt
- file: other.pem
  passphrase_env: PHRASE
- uri: "pkcs11:token=site;object=key?module-path=/lib/x.so&pin-value=12%3434&max-sessions=2"
`;
const OVERRIDES = [{ key: 'auth-cert', value: '/run/cert.pem', source: '--auth-cert' }];

describe('formatEffectiveConfiguration', () => {
  it('says where every value comes from, and makes paths absolute', () => {
    const lines = formatEffectiveConfiguration(TEXT, FILE, OVERRIDES).split('\n');
    expect(lines).toContain('port: 2408 # line 2');
    expect(lines).toContain('operation_timeout: 5s # line 3');
    expect(lines).toContain('auth_cert: /run/cert.pem # --auth-cert');
    expect(lines).toContain('auth_key: /etc/keyless/server-key.pem # default');
    expect(lines).toContain('idle_timeout: 2m # default');
    expect(lines).toContain('metrics_port: off # line 5');
    expect(lines).toContain('  - /etc/keyless/keys');
    expect(lines).toContain('    passphrase_file: /etc/keyless/phrase.txt');
    expect(lines).toContain('    passphrase_env: PHRASE');
  });

  it('masks PINs', () => {
    const effective = formatEffectiveConfiguration(TEXT, FILE);
    expect(effective).not.toContain('3434');
    expect(effective).toContain('?module-path=/lib/x.so&pin-value=***&max-sessions=2');
  });

  it('is a configuration that comes to the same, but for PINs', () => {
    const text = TEXT.slice(0, TEXT.indexOf('- uri'));
    const effective = formatEffectiveConfiguration(text, FILE, OVERRIDES);
    const { admin, ...reread } = parseConfiguration(effective, '/elsewhere/copy.yaml');
    expect(admin).toBeUndefined();
    // What is a default here is set there, and so is the TCP port.
    expect(reread).toEqual(parseConfiguration(text, FILE, OVERRIDES));
    expect(formatEffectiveConfiguration(effective, FILE).replaceAll(/ *#.*/g, '')).toBe(
      effective.replaceAll(/ *#.*/g, ''),
    );
  });
});
