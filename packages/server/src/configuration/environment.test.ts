import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors.js';
import { environmentOverrides } from './environment.js';
import { configurationKeys } from './keys.js';
import { parseConfiguration } from './parse.js';

describe('environmentOverrides', () => {
  it('has a variable for every key of the configuration', () => {
    const environment = Object.fromEntries(
      configurationKeys().map(({ key, isWord }) => [`KEYLESS_${key.toUpperCase()}`, isWord ? 'x' : '[]']),
    );
    const { overrides, warnings } = environmentOverrides(environment);
    expect(overrides.map(({ key }) => key)).toEqual(configurationKeys().map(({ key }) => key));
    expect(warnings).toEqual([]);
  });

  it('reads words, lists of paths, and YAML where it takes more', () => {
    const { overrides } = environmentOverrides({
      KEYLESS_PORT: '2408',
      KEYLESS_PRIVATE_KEY_DIRS: '/a,/b',
      KEYLESS_PRIVATE_KEY_STORES: '[{file: /c.pem}]',
      KEYLESS_SIGN_TIMEOUT: '5s',
      KEYLESS_PID_FILE: '',
      PORT: '1',
    });
    const configuration = parseConfiguration('port: 1', '/etc/x.yaml', overrides);
    expect(configuration).toMatchObject({
      listen: [{ port: 2408 }],
      keyStores: [
        { type: 'file', path: '/c.pem' },
        { type: 'directory', path: '/a' },
        { type: 'directory', path: '/b' },
      ],
      limits: { operationTimeout: 5000 },
    });
    expect(configuration).not.toHaveProperty('pidFile');
  });

  it('warns of variables that mean nothing here', () => {
    expect(environmentOverrides({ KEYLESS_PRTO: '1', KEYLESS_HOSTNAME: 'x' }).warnings).toEqual([
      'environment variable KEYLESS_PRTO means no key of the configuration',
      'environment variable KEYLESS_HOSTNAME is not used by this version',
    ]);
  });

  it('names the variable of what is wrong', () => {
    const { overrides } = environmentOverrides({ KEYLESS_PORT: 'many', KEYLESS_PRIVATE_KEY_DIRS: '/a' });
    expect(() => parseConfiguration('', '/etc/x.yaml', overrides)).toThrow('KEYLESS_PORT: port: must be');
    expect(() => environmentOverrides({ KEYLESS_PRIVATE_KEY_STORES: '[{' })).toThrow(ConfigurationError);
  });
});
