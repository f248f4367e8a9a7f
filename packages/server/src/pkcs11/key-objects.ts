import { createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto';
import { type Cryptoki, type Handle, type Template, toNumber } from './cryptoki.js';
import { meansTokenGone } from './return-values.js';
import type { KeyAttributes } from './pkcs11-uri.js';

/** A private key as the token has it. */
export interface KeyObjects {
  readonly privateKey: Handle;
  readonly label: string;
  readonly publicKey: KeyObject;
  /** Whether it may make signatures. */
  readonly signs: boolean;
}

/** Reads the objects on a token, through one session. */
export class ObjectReader {
  readonly #cryptoki: Cryptoki;
  readonly #session: Handle;

  constructor(cryptoki: Cryptoki, session: Handle) {
    this.#cryptoki = cryptoki;
    this.#session = session;
  }

  /** Private keys with these attributes. */
  findPrivateKeys({ object, id }: KeyAttributes): Handle[] {
    return this.#find([
      { type: CKA_CLASS, value: CKO_PRIVATE_KEY },
      ...(object === undefined ? [] : [{ type: CKA_LABEL, value: object }]),
      ...(id === undefined ? [] : [{ type: CKA_ID, value: Buffer.from(id) }]),
    ]);
  }

  /** What to call a private key: its label, or where it has none its id. */
  labelOf(privateKey: Handle): string {
    const label = this.#get(privateKey, CKA_LABEL)?.toString();
    return label ?? `id ${this.#get(privateKey, CKA_ID)?.toString('hex') ?? 'unknown'}`;
  }

  /**
   * Reads what belongs to a private key.
   *
   * @throws Error that says in a few words why the key cannot be used
   */
  read(privateKey: Handle): KeyObjects {
    if (this.#get(privateKey, CKA_ALWAYS_AUTHENTICATE)?.[0] === 1)
      throw new Error('it wants the PIN again for each use, which a key server cannot give');
    return {
      privateKey,
      label: this.labelOf(privateKey),
      publicKey: this.#publicKeyOf(privateKey),
      signs: this.#get(privateKey, CKA_SIGN)?.[0] !== 0,
    };
  }

  /**
   * From the private key's own attributes, else from the public key or the certificate with its id. Whether they belong
   * together, a trial signature has to show.
   */
  #publicKeyOf(privateKey: Handle): KeyObject {
    const type = this.#get(privateKey, CKA_KEY_TYPE);
    const id = this.#get(privateKey, CKA_ID);
    const keyType = type && toNumber(type);
    const own = this.#readPublicKey(privateKey, keyType);
    if (own !== undefined) return own;
    for (const object of this.#findById(CKO_PUBLIC_KEY, id)) {
      const publicKey = this.#readPublicKey(object, keyType);
      if (publicKey !== undefined) return publicKey;
    }
    for (const object of this.#findById(CKO_CERTIFICATE, id)) {
      const certificate = this.#get(object, CKA_VALUE);
      if (certificate !== undefined) return new X509Certificate(certificate).publicKey;
    }
    throw new Error('the token has no public key and no certificate with the same id (CKA_ID)');
  }

  #readPublicKey(object: Handle, keyType: number | undefined): KeyObject | undefined {
    const jwk = keyType === CKK_RSA ? this.#readRsaKey(object) : this.#readPoint(object);
    return jwk && createPublicKey({ key: jwk, format: 'jwk' });
  }

  #readRsaKey(object: Handle): JsonWebKey | undefined {
    const modulus = this.#get(object, CKA_MODULUS);
    const exponent = this.#get(object, CKA_PUBLIC_EXPONENT);
    if (modulus === undefined || exponent === undefined) return undefined;
    return { kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') };
  }

  #readPoint(object: Handle): JsonWebKey | undefined {
    const parameters = this.#get(object, CKA_EC_PARAMS)?.toString('hex');
    const point = this.#get(object, CKA_EC_POINT);
    const curve = CURVES.get(parameters ?? '');
    if (parameters !== undefined && curve === undefined) throw new Error('its curve is not supported');
    if (curve === undefined || point === undefined) return undefined;
    const bytes = unwrapPoint(point, curve);
    if (curve.kty === 'OKP') return { kty: 'OKP', crv: curve.crv, x: bytes.toString('base64url') };
    const { coordinateLength, ...names } = curve;
    return {
      ...names,
      x: bytes.subarray(1, 1 + coordinateLength).toString('base64url'),
      y: bytes.subarray(1 + coordinateLength).toString('base64url'),
    };
  }

  #findById(objectClass: number, id: Buffer | undefined): Handle[] {
    if (id === undefined) return [];
    return this.#find([
      { type: CKA_CLASS, value: objectClass },
      { type: CKA_ID, value: id },
    ]);
  }

  #find(template: Template): Handle[] {
    this.#cryptoki.C_FindObjectsInit(this.#session, template);
    const found: Handle[] = [];
    try {
      for (;;) {
        const objects = this.#cryptoki.C_FindObjects(this.#session, OBJECTS_AT_ONCE);
        if (objects.length === 0) return found;
        found.push(...objects);
      }
    } finally {
      this.#cryptoki.C_FindObjectsFinal(this.#session);
    }
  }

  /** An attribute's value; undefined where the object has none, or does not tell. */
  #get(object: Handle, type: number): Buffer | undefined {
    try {
      const [attribute] = this.#cryptoki.C_GetAttributeValue(this.#session, object, [{ type }]);
      return attribute === undefined || attribute.value.length === 0 ? undefined : attribute.value;
    } catch (error) {
      if (meansTokenGone(error)) throw error;
      return undefined;
    }
  }
}

const OBJECTS_AT_ONCE = 64;

const CKA_CLASS = 0x00;
const CKA_LABEL = 0x03;
const CKA_VALUE = 0x11;
const CKA_KEY_TYPE = 0x100;
const CKA_ID = 0x102;
const CKA_SIGN = 0x108;
const CKA_MODULUS = 0x120;
const CKA_PUBLIC_EXPONENT = 0x122;
const CKA_EC_PARAMS = 0x180;
const CKA_EC_POINT = 0x181;
const CKA_ALWAYS_AUTHENTICATE = 0x202;
const CKO_CERTIFICATE = 0x01;
const CKO_PUBLIC_KEY = 0x02;
const CKO_PRIVATE_KEY = 0x03;
const CKK_RSA = 0x00;

type Curve =
  | { readonly kty: 'EC'; readonly crv: string; readonly coordinateLength: number }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519' };

/** By CKA_EC_PARAMS: the curve's OID, or as PKCS#11 v3.0 also has it for Ed25519, a PrintableString. */
const CURVES: ReadonlyMap<string, Curve> = new Map<string, Curve>([
  ['06082a8648ce3d030107', { kty: 'EC', crv: 'P-256', coordinateLength: 32 }],
  ['06052b81040022', { kty: 'EC', crv: 'P-384', coordinateLength: 48 }],
  ['06052b81040023', { kty: 'EC', crv: 'P-521', coordinateLength: 66 }],
  ['06032b6570', { kty: 'OKP', crv: 'Ed25519' }],
  [`130c${Buffer.from('edwards25519').toString('hex')}`, { kty: 'OKP', crv: 'Ed25519' }],
]);

/** The standard has the point in a DER OCTET STRING; some tokens leave that away. */
function unwrapPoint(point: Buffer, curve: Curve): Buffer {
  const length = curve.kty === 'OKP' ? 32 : 1 + 2 * curve.coordinateLength;
  if (point.length < length) throw new Error('its public key is too short for its curve');
  return point.subarray(point.length - length);
}
