import { describe, expect, it } from 'vitest';
import { nearest } from './suggestion.js';

describe('nearest', () => {
  it('forgives a letter too many, too few, or wrong', () => {
    const candidates = ['port', 'pid_file', 'auth_cert'];
    expect(nearest('portt', candidates)).toBe('port');
    expect(nearest('prt', candidates)).toBe('port');
    expect(nearest('pid_fyle', candidates)).toBe('pid_file');
  });

  it('forgives two letters that changed places, and one that is missing in a very short word', () => {
    const candidates = ['demo', 'server', 'edge', 'pki', 'keys', 'check'];
    expect(nearest('chekc', candidates)).toBe('check');
    expect(nearest('pk', candidates)).toBe('pki');
    expect(nearest('bananas', candidates)).toBeUndefined();
  });

  it('takes the nearest of several', () => {
    expect(nearest('auth_kex', ['auth_cert', 'auth_key'])).toBe('auth_key');
  });

  it('keeps silent where nothing is near', () => {
    expect(nearest('colour', ['port', 'pid_file'])).toBeUndefined();
  });
});
