import { describe, expect, it } from 'vitest';
import { BreakOffError, diagnose, type ConnectionFailureReason } from './failure.js';

const server = 'keys.example:2407';

function errorWith(code: string, message = `connect ${code} 192.0.2.1:2407`): Error {
  return Object.assign(new Error(message), { code });
}

describe('diagnose', () => {
  const reasons: [string, ConnectionFailureReason][] = [
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['ECONNREFUSED', 'refused'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENOENT', 'unreachable'],
    ['EACCES', 'unreachable'],
    ['ETIMEDOUT', 'timeout'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'not_tls'],
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'not_tls'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'server_certificate_untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'server_certificate_untrusted'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'server_certificate_untrusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'server_certificate_untrusted'],
    ['INVALID_PURPOSE', 'server_certificate_untrusted'],
    ['CERT_SIGNATURE_FAILURE', 'server_certificate_untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'server_certificate_name'],
    ['CERT_HAS_EXPIRED', 'server_certificate_expired'],
    ['CERT_NOT_YET_VALID', 'server_certificate_expired'],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'client_certificate_refused'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'client_certificate_refused'],
    ['ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE', 'client_certificate_refused'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'client_certificate_refused'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'client_certificate_refused'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'protocol'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'protocol'],
    ['ECONNRESET', 'closed'],
    ['E_NEVER_HEARD_OF', 'closed'],
  ];
  it.each(reasons)('says what %s means', (code, reason) => {
    const failure = diagnose(server, 'handshake', errorWith(code));
    expect(failure).toMatchObject({ server, reason, code });
    expect(failure.message).not.toBe('');
  });

  it('takes an end before the first answer for a refused certificate, and a later one for what it is', () => {
    for (const error of [undefined, errorWith('ECONNRESET'), errorWith('EPIPE')]) {
      expect(diagnose(server, 'handshake', error).reason).toBe('closed');
      expect(diagnose(server, 'unanswered', error).reason).toBe('client_certificate_refused');
      expect(diagnose(server, 'answered', error).reason).toBe('closed');
    }
  });

  it('leaves out the addresses and source files of OpenSSL', () => {
    const error = Object.assign(
      errorWith('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', '80AB:error:0A000418:../deps/x.c:1605:'),
      {
        reason: 'tlsv1 alert unknown ca',
      },
    );
    const { message } = diagnose(server, 'handshake', error);
    expect(message).toContain('tlsv1 alert unknown ca');
    expect(message).not.toContain('deps');
  });

  it('repeats what this client itself found', () => {
    expect(diagnose(server, 'answered', new BreakOffError('timeout', 'has fallen silent'))).toEqual({
      server,
      reason: 'timeout',
      message: 'has fallen silent',
    });
  });
});
